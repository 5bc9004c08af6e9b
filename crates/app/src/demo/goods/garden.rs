use super::{Item, form, item};

pub(super) const ITEMS: &[Item] = &[
    item(
        6,
        "Hand trowel",
        "Forged from one bar, with an ash handle. Takes roots, stones and the odd quarrel.",
        &[form("TROWEL", &[], [2699, 2899], [100, 12])],
    ),
    item(
        7,
        "Secateurs",
        "A bypass cut that heals. Every part can be unscrewed, sharpened and replaced.",
        &[
            form("SECATEURS-R", &[("hand", "right")], [4999, 5399], [80, 6]),
            form("SECATEURS-L", &[("hand", "left")], [5299, 5699], [25, 0]),
        ],
    ),
    item(
        4,
        "Watering can",
        "Galvanised, nine litres, balanced so that the last litre pours as easily as the first.",
        &[
            form("CAN-ZINC", &[("finish", "zinc")], [4499, 4799], [50, 6]),
            form("CAN-GREEN", &[("finish", "green")], [4799, 5199], [40, 6]),
        ],
    ),
    item(
        6,
        "Enamel camp mug",
        "Survives the fire, the fall and the lake. Gains a chip for every good story.",
        &[
            form("CAMPMUG-WHT", &[("colour", "white")], [1299, 1399], [180, 30]),
            form("CAMPMUG-BLUE", &[("colour", "blue")], [1299, 1399], [180, 30]),
        ],
    ),
    item(
        5,
        "Picnic blanket",
        "Wool above, waxed cotton below, a strap to carry it. 150 × 200 cm.",
        &[form("PICNIC-WOOL", &[], [7499, 7999], [60, 8])],
    ),
    item(
        3,
        "Cotton hammock",
        "Woven by the metre in Nicaragua, good for two people or one and a dog.",
        &[
            form("HAMMOCK-ECRU", &[("colour", "ecru")], [8999, 9699], [30, 4]),
            form("HAMMOCK-STRIPE", &[("colour", "striped")], [8999, 9699], [28, 4]),
        ],
    ),
    item(
        3,
        "Bird feeder",
        "Larch and copper, filled from the top, emptied by sparrows.",
        &[form("FEEDER-LARCH", &[], [3999, 4299], [55, 0])],
    ),
    item(
        2,
        "Garden gloves",
        "Goatskin, thin enough to feel a seedling, long enough for roses.",
        &[
            form("GLOVES-S", &[("size", "7")], [2999, 3199], [50, 0]),
            form("GLOVES-M", &[("size", "8")], [2999, 3199], [60, 0]),
            form("GLOVES-L", &[("size", "9")], [2999, 3199], [4, 0]),
        ],
    ),
];
