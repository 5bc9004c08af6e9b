use super::{Item, form, item};

pub(super) const ITEMS: &[Item] = &[
    item(
        10,
        "Stoneware mug",
        "Thrown by hand and glazed twice. Holds 300 ml and keeps it warm.",
        &[
            form("MUG-SAND", &[("glaze", "sand")], [1699, 1799], [160, 24]),
            form("MUG-SEA", &[("glaze", "sea")], [1699, 1799], [160, 24]),
            form("MUG-SOOT", &[("glaze", "soot")], [1699, 1799], [120, 24]),
            form("MUG-SNOW", &[("glaze", "snow")], [1699, 1799], [120, 0]),
        ],
    ),
    item(
        6,
        "Dinner plate, set of four",
        "The same clay as the mug, 27 cm across, and a rim that keeps the sauce where it belongs.",
        &[
            form("PLATES-SAND", &[("glaze", "sand")], [7999, 8499], [45, 6]),
            form("PLATES-SOOT", &[("glaze", "soot")], [7999, 8499], [40, 6]),
        ],
    ),
    item(
        5,
        "Tumbler, set of six",
        "Recycled glass, faintly green, a bubble here and there. Fit for the dishwasher.",
        &[form("TUMBLERS-6", &[], [2999, 3299], [90, 0])],
    ),
    item(
        4,
        "Carafe with a cork stopper",
        "One litre of mouth-blown glass. The cork is cut to fit, and can be had again.",
        &[form("CARAFE-1L", &[], [3499, 3799], [60, 6])],
    ),
    item(
        5,
        "Linen napkins, set of four",
        "Hemmed with a mitred corner. They look best unironed.",
        &[
            form("NAPKINS-OAT", &[("colour", "oat")], [2999, 3299], [70, 0]),
            form("NAPKINS-RUST", &[("colour", "rust")], [2999, 3299], [55, 0]),
        ],
    ),
    item(
        3,
        "Salad servers",
        "Two hands of olive wood, no two pairs alike.",
        &[form("SERVERS-OLIVE", &[], [2499, 2699], [65, 0])],
    ),
    item(
        2,
        "Fondue set for six",
        "An enamelled pot, a burner, six forks told apart by their tips. Cheese not included.",
        &[form("FONDUE-6", &[], [8999, 9699], [7, 2])],
    ),
];
