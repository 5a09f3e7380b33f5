//! French.

use crate::gate::acts::Act;

pub(super) const ACTS: &[(Act, &[&str])] = &[
    (
        Act::Promise,
        &[
            "garantir/garanti/garantie/garantis/garantissons/garantit",
            "je/nous vous? promets/promettons",
            "je/nous vous? assure/assurons",
            "nous nous engageons",
            "je m engage",
            "vous pouvez compter sur",
            "d ici demain/lundi/mardi/mercredi/jeudi/vendredi/samedi/dimanche/ce/la/#",
            "avant demain/lundi/mardi/mercredi/jeudi/vendredi/samedi/dimanche/la fin?",
            "dans les #/24/48/prochaines/prochains",
            "sous #/24/48 h/heures/jours",
            "au plus tard",
            "des demain",
            "sera livre/livree/resolu/resolue/repare/reparee demain/avant/sous/lundi/ce",
            "vous recevrez",
            "ne se reproduira plus/pas",
            "sans faute",
        ],
    ),
    (
        Act::Refund,
        &[
            "rembourser/remboursons/rembourserons/rembourse/remboursee/rembourses/rembourserai",
            "remboursement/remboursements",
            "vous restituer/rendre votre argent",
            "argent * rendu",
            "annuler le prelevement",
        ],
    ),
    (
        Act::Compensate,
        &[
            "bon d achat",
            "bon de reduction",
            "code promo/promotionnel/de",
            "geste commercial",
            "gratuit/gratuite/gratuitement/gratuits",
            "offrir/offrons/offre un mois/une remise",
            "remise de",
            "dedommager/dedommagement/dedommageons",
            "avoir de #",
        ],
    ),
    (
        Act::Admit,
        &[
            "notre faute",
            "notre erreur",
            "de notre faute",
            "nous avons commis/fait une",
            "nous sommes responsables",
            "nous assumons",
            "fuite de donnees",
            "nous avons perdu votre",
        ],
    ),
    (
        Act::Apologise,
        &[
            "desole/desolee/desoles/desolees",
            "excuses/excuse/excusez",
            "nous regrettons",
            "pardon",
        ],
    ),
    (
        Act::Speak,
        &[
            "au nom de",
            "notre position officielle",
            "communique officiel",
            "position officielle",
            "en tant qu entreprise",
            "notre direction a",
            "nous condamnons",
        ],
    ),
];
