use super::{Item, form, item};

pub(super) const ITEMS: &[Item] = &[
    item(
        7,
        "Desk lamp",
        "A counterbalanced arm that stays where it is put. Dims by turning the head.",
        &[
            form("LAMP-BLK", &[("colour", "black")], [7999, 8499], [75, 10]),
            form("LAMP-WHT", &[("colour", "white")], [7999, 8499], [60, 10]),
            form("LAMP-RED", &[("colour", "signal red")], [7999, 8499], [30, 0]),
        ],
    ),
    item(
        4,
        "Paper pendant lamp",
        "Mulberry paper over bamboo. Arrives flat, opens like an accordion.",
        &[
            form("PENDANT-40", &[("size", "40 cm")], [3499, 3799], [60, 0]),
            form("PENDANT-60", &[("size", "60 cm")], [4999, 5399], [45, 0]),
        ],
    ),
    item(
        5,
        "Clip-on reading light",
        "A warm light for one page and not for the whole bed. Charges by USB-C, lasts eighteen hours.",
        &[form("READLIGHT", &[], [2499, 2699], [120, 20])],
    ),
    item(
        8,
        "Beeswax candles, pair",
        "Dipped thirty times, from hives that are moved with the seasons. Burn nine hours each.",
        &[
            form("CANDLES-25", &[("length", "25 cm")], [1499, 1599], [200, 40]),
            form("CANDLES-35", &[("length", "35 cm")], [1899, 1999], [150, 40]),
        ],
    ),
    item(
        3,
        "Brass candle holder",
        "Turned from solid brass, heavy for its size. Darkens with age, or shines if you insist.",
        &[form("HOLDER-BRASS", &[], [2999, 3199], [80, 0])],
    ),
    item(
        2,
        "Storm lantern",
        "Galvanised steel and a glass that can be replaced. Keeps its flame in any wind.",
        &[
            form("LANTERN-ZINC", &[("finish", "zinc")], [3999, 4299], [40, 8]),
            form("LANTERN-RED", &[("finish", "red")], [4299, 4599], [5, 0]),
        ],
    ),
    item(
        0,
        "Bulb, filament, 2200 K",
        "The old model. Its successor fits the same lamps.",
        &[form("BULB-2200", &[], [999, 1099], [14, 0])],
    )
    .archived(),
];
