//! Italian.

use crate::gate::acts::Act;

pub(super) const ACTS: &[(Act, &[&str])] = &[
    (
        Act::Promise,
        &[
            "garantiamo/garantisco/garantito/garantita/garanzia",
            "promettiamo/prometto",
            "vi/le/ti assicuriamo/assicuro",
            "ci impegniamo",
            "puo/puoi contare su",
            "entro domani/oggi/stasera/lunedi/martedi/mercoledi/giovedi/venerdi/sabato/domenica/#/la/il/fine/e/24/48",
            "nelle prossime #/24/48/ore",
            "nei prossimi #/giorni",
            "al piu tardi",
            "ricevera/riceverai il/la/un/una",
            "non succedera/accadra/capitera piu/mai",
            "senz altro",
        ],
    ),
    (
        Act::Refund,
        &[
            "rimborso/rimborsi/rimborsare/rimborsiamo/rimborseremo/rimborsato/rimborsero/rimborsata",
            "restituire/restituiremo/restituiamo * soldi/denaro/importo",
            "riaccredito/riaccreditiamo/riaccreditare",
            "soldi indietro",
        ],
    ),
    (
        Act::Compensate,
        &[
            "buono sconto/acquisto/regalo/da/di",
            "codice sconto/promozionale",
            "sconto del/di",
            "gratis/gratuito/gratuita/gratuitamente",
            "risarcire/risarcimento/risarciamo/risarciremo",
            "omaggio",
            "mese gratuito",
        ],
    ),
    (
        Act::Admit,
        &[
            "colpa nostra",
            "nostra colpa",
            "nostro errore",
            "errore nostro",
            "abbiamo commesso/sbagliato",
            "siamo responsabili",
            "ci assumiamo la",
            "fuga di dati",
            "abbiamo perso il/la suo/sua/tuo/tua?",
        ],
    ),
    (
        Act::Apologise,
        &[
            "scusa/scusi/scuse/scusate/scusiamo",
            "ci/mi dispiace",
            "siamo/sono * spiacenti/dispiaciuti",
            "perdono/perdonaci",
        ],
    ),
    (
        Act::Speak,
        &[
            "a nome di",
            "per conto di",
            "nostra posizione ufficiale",
            "comunicato ufficiale",
            "come azienda",
            "la nostra direzione ha",
            "condanniamo",
        ],
    ),
];
