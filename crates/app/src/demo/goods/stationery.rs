use super::{Item, form, item};

pub(super) const ITEMS: &[Item] = &[
    item(
        10,
        "Notebook",
        "192 pages that lie flat, sewn with linen thread. Ink does not show through.",
        &[
            form("NOTE-A5-DOT", &[("size", "A5"), ("ruling", "dotted")], [1899, 1999], [220, 40]),
            form("NOTE-A5-PLAIN", &[("size", "A5"), ("ruling", "plain")], [1899, 1999], [200, 40]),
            form("NOTE-A4-DOT", &[("size", "A4"), ("ruling", "dotted")], [2599, 2799], [120, 0]),
        ],
    ),
    item(
        6,
        "Fountain pen",
        "A steel nib on a barrel of brass, which warms in the hand. Takes cartridges and a converter.",
        &[
            form("PEN-EF", &[("nib", "extra fine")], [5499, 5899], [50, 5]),
            form("PEN-F", &[("nib", "fine")], [5499, 5899], [70, 5]),
            form("PEN-M", &[("nib", "medium")], [5499, 5899], [60, 5]),
        ],
    ),
    item(
        7,
        "Ink, 50 ml",
        "Made in small kettles and named after weather. Washes out of cotton, mostly.",
        &[
            form("INK-DUSK", &[("colour", "dusk")], [1499, 1599], [140, 0]),
            form("INK-FOG", &[("colour", "fog")], [1499, 1599], [110, 0]),
            form("INK-THAW", &[("colour", "thaw")], [1499, 1599], [100, 0]),
        ],
    ),
    item(
        5,
        "Pencils, box of twelve",
        "Cedar and graphite, one box of one grade.",
        &[
            form("PENCILS-HB", &[("grade", "HB")], [1499, 1599], [160, 20]),
            form("PENCILS-2B", &[("grade", "2B")], [1499, 1599], [140, 20]),
        ],
    ),
    item(
        4,
        "Letter paper and envelopes",
        "Forty sheets, twenty envelopes, a deckle edge. For saying it properly.",
        &[form("LETTERS-40", &[], [2299, 2499], [90, 0])],
    ),
    item(
        6,
        "Wall calendar",
        "Twelve woodcuts of twelve harbours. Next year's.",
        &[form("CALENDAR-HARBOURS", &[], [2499, 2699], [150, 25])],
    ),
    item(
        3,
        "Brass ruler",
        "Thirty centimetres on one edge, twelve inches on the other: a diplomat.",
        &[form("RULER-BRASS", &[], [1999, 2199], [85, 0])],
    ),
    item(
        0,
        "Wall calendar, last year",
        "Twelve woodcuts of twelve lighthouses. Out of print.",
        &[form("CALENDAR-LIGHTHOUSES", &[], [2499, 2699], [3, 11])],
    )
    .archived(),
];
