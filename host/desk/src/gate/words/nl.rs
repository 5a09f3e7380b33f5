//! Dutch.

use crate::gate::acts::Act;

pub(super) const ACTS: &[(Act, &[&str])] = &[
    (
        Act::Promise,
        &[
            "garanderen/garandeer/garandeert/gegarandeerd/garantie",
            "beloven/beloof/beloofd",
            "wij/we/ik verzekeren/verzeker u/je/jullie",
            "u/je kunt/kan op ons/mij rekenen",
            "u/je kunt/kan rekenen op",
            "uiterlijk morgen/vandaag/maandag/dinsdag/woensdag/donderdag/vrijdag/op/binnen/#",
            "binnen #/twee/drie/24/48/een",
            "voor het einde van de/het",
            "voor morgen/maandag/dinsdag/woensdag/donderdag/vrijdag",
            "morgen in huis",
            "u/je ontvangt/krijgt uw/je/het/de",
            "zal nooit meer gebeuren",
            "gebeurt niet meer/nooit",
            "komt vandaag/morgen nog? in orde",
        ],
    ),
    (
        Act::Refund,
        &[
            "terugbetalen/terugbetaling/terugbetaald/terugbetaal",
            "betalen/betaal u/je/het/wij/we * terug",
            "geld * terug",
            "teruggestort/terugstorten/terugstorting",
            "storten/stort * terug",
            "vergoeden/vergoed/vergoeding",
            "restitutie",
            "crediteren/gecrediteerd",
        ],
    ),
    (
        Act::Compensate,
        &[
            "kortingscode/kortingsbon/waardebon/cadeaubon/tegoedbon",
            "korting van/op",
            "gratis",
            "kosteloos",
            "compensatie/compenseren",
            "coulance",
            "van het huis",
        ],
    ),
    (
        Act::Admit,
        &[
            "onze fout",
            "onze schuld",
            "wij/we hebben een fout",
            "wij/we zijn aansprakelijk/verantwoordelijk",
            "ons verwijt",
            "datalek",
            "wij/we zijn uw/je * kwijt",
        ],
    ),
    (
        Act::Apologise,
        &[
            "sorry",
            "excuses/excuus",
            "spijt ons/me/mij",
            "betreuren/betreur",
            "vergeef",
        ],
    ),
    (
        Act::Speak,
        &[
            "namens",
            "ons officiele standpunt",
            "officieel standpunt",
            "officiele verklaring",
            "als bedrijf",
            "onze directie heeft",
            "wij/we veroordelen",
        ],
    ),
];
