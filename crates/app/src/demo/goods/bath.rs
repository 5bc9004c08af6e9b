use super::{Item, form, item};

pub(super) const ITEMS: &[Item] = &[
    item(
        9,
        "Waffle towel",
        "Cotton that dries you and then itself, within the hour.",
        &[
            form("TOWEL-S-SAND", &[("size", "50 × 100 cm"), ("colour", "sand")], [1799, 1999], [130, 20]),
            form("TOWEL-S-PINE", &[("size", "50 × 100 cm"), ("colour", "pine")], [1799, 1999], [110, 20]),
            form("TOWEL-L-SAND", &[("size", "75 × 150 cm"), ("colour", "sand")], [3499, 3799], [90, 10]),
            form("TOWEL-L-PINE", &[("size", "75 × 150 cm"), ("colour", "pine")], [3499, 3799], [80, 10]),
        ],
    ),
    item(
        10,
        "Olive oil soap",
        "Cut from the block and cured for nine months. 200 g, no scent but its own.",
        &[
            form("SOAP-OLIVE", &[("kind", "plain")], [699, 799], [400, 60]),
            form("SOAP-LAUREL", &[("kind", "with laurel")], [899, 999], [320, 60]),
        ],
    ),
    item(
        5,
        "Bath brush",
        "Waxed beech and horsehair, with a handle that comes off for travel.",
        &[form("BRUSH-BATH", &[], [2299, 2499], [90, 10])],
    ),
    item(
        4,
        "Safety razor",
        "Three pieces of chromed brass. Takes any double-edged blade; five are in the box.",
        &[
            form("RAZOR-CHROME", &[("finish", "chrome")], [3999, 4299], [60, 0]),
            form("RAZOR-BLACK", &[("finish", "black")], [4499, 4799], [40, 0]),
        ],
    ),
    item(
        4,
        "Bath mat of cork",
        "Warm underfoot, dry in minutes, rolls up when the floor is to be mopped.",
        &[form("MAT-CORK", &[("size", "45 × 75 cm")], [3999, 4299], [55, 8])],
    ),
    item(
        3,
        "Bathrobe",
        "Waffle outside, terry inside, pockets deep enough for a book.",
        &[
            form("ROBE-S", &[("size", "S/M")], [7999, 8499], [35, 0]),
            form("ROBE-L", &[("size", "L/XL")], [7999, 8499], [35, 0]),
        ],
    ),
    item(
        2,
        "Soap dish with a drain",
        "Stoneware, so the soap lasts twice as long.",
        &[form("DISH-SOAP", &[], [1599, 1699], [8, 0])],
    ),
];
