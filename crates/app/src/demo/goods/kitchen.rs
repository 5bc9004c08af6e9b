use super::{Item, form, item};

pub(super) const ITEMS: &[Item] = &[
    item(
        9,
        "Cast-iron skillet",
        "Seasoned with flax oil three times over. Sears, bakes, and outlives its owner.",
        &[
            form("SKILLET-20", &[("size", "20 cm")], [3499, 3799], [90, 12]),
            form("SKILLET-26", &[("size", "26 cm")], [4699, 4999], [110, 12]),
            form("SKILLET-30", &[("size", "30 cm")], [5999, 6499], [60, 6]),
        ],
    ),
    item(
        7,
        "Chef's knife",
        "A 20 cm blade of Solingen steel on a walnut handle. Sharpened by hand, and sharpens well.",
        &[
            form("KNIFE-CHEF-WAL", &[("handle", "walnut")], [8999, 9499], [70, 0]),
            form("KNIFE-CHEF-OLV", &[("handle", "olive wood")], [9499, 9999], [45, 0]),
        ],
    ),
    item(
        6,
        "End-grain cutting board",
        "Beech on end, so that knives stay sharp and cuts close again. Oil it once a month.",
        &[
            form("BOARD-S", &[("size", "30 × 20 cm")], [3999, 4299], [65, 10]),
            form("BOARD-L", &[("size", "45 × 30 cm")], [6999, 7499], [48, 10]),
        ],
    ),
    item(
        8,
        "Linen apron",
        "Stonewashed linen that crosses at the back: nothing to tie, nothing to pull at the neck.",
        &[
            form("APRON-OAT", &[("colour", "oat")], [3999, 4299], [85, 15]),
            form("APRON-INK", &[("colour", "ink")], [3999, 4299], [85, 15]),
            form("APRON-MOSS", &[("colour", "moss")], [3999, 4299], [60, 0]),
        ],
    ),
    item(
        4,
        "Stovetop kettle",
        "1.7 litres, for every kind of hob. Sings in two notes when it is done.",
        &[
            form("KETTLE-STEEL", &[("finish", "brushed steel")], [4499, 4899], [40, 0]),
            form("KETTLE-CREAM", &[("finish", "cream enamel")], [4999, 5499], [55, 5]),
        ],
    ),
    item(
        10,
        "Set of three wooden spoons",
        "Cherry wood from one village, carved in one piece: a spoon, a scraper and a slotted one.",
        &[form("SPOONS-3", &[], [1999, 2199], [180, 30])],
    ),
    item(
        5,
        "Salt and pepper mill",
        "One mill with two chambers. Turn it over for the other; the ceramic burrs never rust.",
        &[
            form("MILL-BEECH", &[("wood", "beech")], [3299, 3499], [75, 8]),
            form("MILL-SMOKED", &[("wood", "smoked oak")], [3699, 3999], [50, 8]),
        ],
    ),
    item(
        3,
        "Sourdough basket",
        "Cane, for a loaf of a kilogram, with a linen cover to proof under.",
        &[form("BANNETON-1KG", &[], [2299, 2499], [70, 0])],
    ),
];
