use super::{Item, form, item};

pub(super) const ITEMS: &[Item] = &[
    item(
        8,
        "Canvas tote",
        "Eighteen-ounce canvas with a flat bottom. Stands by itself while you pack it.",
        &[
            form("TOTE-ECRU", &[("colour", "ecru")], [2999, 3199], [140, 25]),
            form("TOTE-NAVY", &[("colour", "navy")], [2999, 3199], [130, 25]),
            form("TOTE-OCHRE", &[("colour", "ochre")], [2999, 3199], [90, 0]),
        ],
    ),
    item(
        6,
        "Roll-top backpack",
        "Waxed cotton, 18 to 25 litres, a laptop sleeve that does not touch the floor.",
        &[
            form("ROLLTOP-OLIVE", &[("colour", "olive")], [12_999, 13_999], [40, 4]),
            form("ROLLTOP-BLACK", &[("colour", "black")], [12_999, 13_999], [45, 4]),
        ],
    ),
    item(
        5,
        "Belt",
        "One strap of bridle leather, cut, edged and left alone. Ten years old is when it looks best.",
        &[
            form("BELT-85", &[("length", "85 cm")], [5999, 6499], [35, 5]),
            form("BELT-95", &[("length", "95 cm")], [5999, 6499], [45, 5]),
            form("BELT-105", &[("length", "105 cm")], [5999, 6499], [35, 5]),
        ],
    ),
    item(
        6,
        "Card wallet",
        "Six cards and a folded note, in leather that was tanned with oak bark.",
        &[
            form("WALLET-TAN", &[("colour", "tan")], [3999, 4299], [80, 0]),
            form("WALLET-BLACK", &[("colour", "black")], [3999, 4299], [80, 0]),
        ],
    ),
    item(
        4,
        "Wash bag",
        "Waxed cotton with a lining that wipes clean, wide enough to see what is in it.",
        &[form("WASHBAG", &[], [3499, 3799], [70, 8])],
    ),
    item(
        3,
        "Umbrella",
        "Eight steel ribs, a beech handle, and a maker who mends it.",
        &[
            form("UMBRELLA-BLK", &[("colour", "black")], [6999, 7499], [40, 0]),
            form("UMBRELLA-BORDEAUX", &[("colour", "bordeaux")], [6999, 7499], [30, 0]),
        ],
    ),
    item(
        0,
        "Weekender",
        "The sample is on the bench; the strap is still too short.",
        &[
            form("WEEKENDER-OLIVE", &[("colour", "olive")], [18_999, 19_999], [0, 0]),
            form("WEEKENDER-BLACK", &[("colour", "black")], [18_999, 19_999], [0, 0]),
        ],
    )
    .draft(),
];
