use super::{Item, form, item};

pub(super) const ITEMS: &[Item] = &[
    item(
        6,
        "Linen duvet cover",
        "Belgian flax, washed soft. Closes with coconut buttons, which survive the mangle.",
        &[
            form("DUVET-OAT-140", &[("colour", "oat"), ("size", "140 × 200 cm")], [11_999, 12_999], [40, 5]),
            form("DUVET-OAT-200", &[("colour", "oat"), ("size", "200 × 200 cm")], [14_999, 15_999], [35, 5]),
            form("DUVET-INK-140", &[("colour", "ink"), ("size", "140 × 200 cm")], [11_999, 12_999], [35, 0]),
            form("DUVET-INK-200", &[("colour", "ink"), ("size", "200 × 200 cm")], [14_999, 15_999], [30, 0]),
        ],
    ),
    item(
        7,
        "Linen pillowcase",
        "To go with the duvet cover, or to be the one good thing in bed.",
        &[
            form("PILLOW-OAT", &[("colour", "oat")], [2999, 3299], [120, 20]),
            form("PILLOW-INK", &[("colour", "ink")], [2999, 3299], [100, 20]),
        ],
    ),
    item(
        8,
        "Wool blanket",
        "Merino from one flock, woven in Wales, 130 × 180 cm with a fringe.",
        &[
            form("BLANKET-HEATHER", &[("colour", "heather")], [8999, 9699], [55, 6]),
            form("BLANKET-FERN", &[("colour", "fern")], [8999, 9699], [50, 6]),
            form("BLANKET-CHARCOAL", &[("colour", "charcoal")], [8999, 9699], [45, 0]),
        ],
    ),
    item(
        4,
        "Buckwheat pillow",
        "Filled with husks that move out of the way. Take some out if it is too high.",
        &[form("PILLOW-BUCKWHEAT", &[("size", "40 × 60 cm")], [3999, 4299], [60, 0])],
    ),
    item(
        6,
        "Wool slippers",
        "Felted in one piece on a leather sole. For cold floors and quiet mornings.",
        &[
            form("SLIPPERS-36", &[("size", "36–37")], [4499, 4799], [45, 5]),
            form("SLIPPERS-38", &[("size", "38–39")], [4499, 4799], [60, 5]),
            form("SLIPPERS-41", &[("size", "40–41")], [4499, 4799], [60, 5]),
            form("SLIPPERS-43", &[("size", "42–43")], [4499, 4799], [50, 5]),
        ],
    ),
    item(
        3,
        "Hot-water bottle",
        "Natural rubber in a knitted cover. The old way of not turning up the heating.",
        &[
            form("HOTBOTTLE-GREY", &[("cover", "grey")], [2799, 2999], [80, 0]),
            form("HOTBOTTLE-MUSTARD", &[("cover", "mustard")], [2799, 2999], [70, 0]),
        ],
    ),
    item(
        2,
        "Alarm clock without a radio",
        "Hands, a bell, and a light that knows when it is dark. Runs a year on one battery.",
        &[
            form("CLOCK-WHT", &[("colour", "white")], [3499, 3799], [40, 0]),
            form("CLOCK-TEAL", &[("colour", "teal")], [3499, 3799], [6, 0]),
        ],
    ),
    item(
        0,
        "Down pillow",
        "Withdrawn until we know every farm that the down comes from.",
        &[form("PILLOW-DOWN", &[("size", "80 × 80 cm")], [7999, 8499], [0, 0])],
    )
    .draft(),
];
