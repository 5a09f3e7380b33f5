//! Spanish.

use crate::gate::acts::Act;

pub(super) const ACTS: &[(Act, &[&str])] = &[
    (
        Act::Promise,
        &[
            "garantizamos/garantizo/garantizado/garantizada/garantia",
            "le/te/os/les prometemos/prometo",
            "prometemos/prometo que",
            "le/te/os/les aseguramos/aseguro",
            "nos comprometemos",
            "puede/puedes contar con",
            "antes de manana/lunes/martes/miercoles/jueves/viernes/sabado/domingo/las?/la?",
            "antes del lunes/martes/miercoles/jueves/viernes/fin",
            "para manana/el? lunes/martes/miercoles/jueves/viernes",
            "en las proximas #/24/48/horas",
            "en los proximos #/dias",
            "en un plazo de",
            "en # horas/dias",
            "a mas tardar",
            "como maximo",
            "recibira/recibiras su/tu/el/la",
            "no volvera a ocurrir/pasar/suceder",
            "sin falta",
            "estara resuelto/arreglado/listo manana/hoy/antes",
        ],
    ),
    (
        Act::Refund,
        &[
            "reembolso/reembolsos/reembolsar/reembolsamos/reembolsaremos/reembolsado/reembolsare",
            "devolver/devolveremos/devolvemos * dinero/importe/pago",
            "devolucion de su/tu/del dinero/importe",
            "dinero * vuelta",
            "abono en su/tu",
        ],
    ),
    (
        Act::Compensate,
        &[
            "vale de descuento/regalo/#",
            "cupon/cupones",
            "codigo de descuento/promocional",
            "descuento de/del/en",
            "gratis/gratuito/gratuita/gratuitamente",
            "compensar/compensarle/compensarte/compensacion",
            "mes gratis",
            "invita la casa",
            "sin coste/costo",
        ],
    ),
    (
        Act::Admit,
        &[
            "nuestra culpa",
            "nuestro error",
            "fue/es culpa nuestra",
            "cometimos/hemos cometido un",
            "somos responsables",
            "asumimos la responsabilidad",
            "filtracion de datos",
            "hemos perdido su/tu",
        ],
    ),
    (
        Act::Apologise,
        &[
            "lo sentimos/siento/lamentamos/lamento",
            "sentimos/lamentamos/siento/lamento mucho?",
            "disculpa/disculpas/disculpe/disculpen",
            "perdon/perdone/perdona",
        ],
    ),
    (
        Act::Speak,
        &[
            "en nombre de",
            "nuestra postura/posicion oficial",
            "comunicado oficial",
            "como empresa",
            "nuestra direccion ha",
            "condenamos",
        ],
    ),
];
