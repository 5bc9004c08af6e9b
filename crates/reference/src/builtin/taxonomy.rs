/// A top category: code, title, and what is below it.
type Top = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// What shops of most kinds sell, in two levels.
pub(super) const TREE: &[Top] = &[
    (
        "home",
        "Home",
        &[
            ("bedroom", "Bedroom"),
            ("bath", "Bath"),
            ("decor", "Decoration"),
            ("storage", "Storage"),
            ("textiles", "Home textiles"),
            ("rugs", "Rugs"),
            ("cleaning", "Cleaning"),
        ],
    ),
    (
        "kitchen",
        "Kitchen",
        &[
            ("table", "Table"),
            ("cookware", "Cookware"),
            ("bakeware", "Bakeware"),
            ("cutlery", "Cutlery"),
            ("tableware", "Tableware"),
            ("kitchen-appliances", "Kitchen appliances"),
        ],
    ),
    (
        "lighting",
        "Lighting",
        &[
            ("home-lighting", "Home lighting"),
            ("office-lighting", "Office lighting"),
            ("outdoor-lighting", "Outdoor lighting"),
            ("bulbs", "Bulbs"),
        ],
    ),
    (
        "furniture",
        "Furniture",
        &[
            ("seating", "Seating"),
            ("tables", "Tables"),
            ("beds", "Beds"),
            ("shelves", "Shelves"),
            ("wardrobes", "Wardrobes"),
            ("outdoor-furniture", "Outdoor furniture"),
        ],
    ),
    (
        "garden",
        "Garden",
        &[
            ("plants", "Plants"),
            ("seeds", "Seeds"),
            ("pots", "Pots"),
            ("garden-tools", "Garden tools"),
            ("grills", "Grills"),
        ],
    ),
    (
        "office",
        "Office",
        &[
            ("office-furniture", "Office furniture"),
            ("desk-accessories", "Desk accessories"),
            ("printing", "Printing"),
        ],
    ),
    (
        "stationery",
        "Stationery",
        &[
            ("paper", "Paper"),
            ("notebooks", "Notebooks"),
            ("pens", "Pens"),
            ("cards", "Cards"),
            ("crafts", "Crafts"),
        ],
    ),
    (
        "clothing",
        "Clothing",
        &[
            ("womens-clothing", "Women's clothing"),
            ("mens-clothing", "Men's clothing"),
            ("childrens-clothing", "Children's clothing"),
            ("underwear", "Underwear"),
            ("sportswear", "Sportswear"),
            ("accessories", "Accessories"),
        ],
    ),
    (
        "shoes",
        "Shoes",
        &[
            ("womens-shoes", "Women's shoes"),
            ("mens-shoes", "Men's shoes"),
            ("childrens-shoes", "Children's shoes"),
            ("boots", "Boots"),
        ],
    ),
    (
        "bags",
        "Bags",
        &[
            ("backpacks", "Backpacks"),
            ("handbags", "Handbags"),
            ("luggage", "Luggage"),
            ("wallets", "Wallets"),
        ],
    ),
    (
        "jewellery",
        "Jewellery",
        &[("rings", "Rings"), ("necklaces", "Necklaces"), ("earrings", "Earrings"), ("watches", "Watches")],
    ),
    (
        "beauty",
        "Beauty",
        &[
            ("skin-care", "Skin care"),
            ("hair-care", "Hair care"),
            ("make-up", "Make-up"),
            ("fragrances", "Fragrances"),
        ],
    ),
    (
        "health",
        "Health",
        &[("supplements", "Supplements"), ("first-aid", "First aid"), ("personal-care", "Personal care")],
    ),
    (
        "food",
        "Food",
        &[
            ("groceries", "Groceries"),
            ("coffee", "Coffee"),
            ("tea", "Tea"),
            ("sweets", "Sweets"),
            ("drinks", "Drinks"),
            ("wine", "Wine"),
        ],
    ),
    (
        "electronics",
        "Electronics",
        &[
            ("computers", "Computers"),
            ("phones", "Phones"),
            ("audio", "Audio"),
            ("cameras", "Cameras"),
            ("tv", "Television"),
            ("gaming", "Gaming"),
            ("cables", "Cables and chargers"),
        ],
    ),
    ("appliances", "Appliances", &[("laundry", "Laundry"), ("cooling", "Cooling"), ("heating", "Heating")]),
    (
        "books",
        "Books",
        &[("fiction", "Fiction"), ("non-fiction", "Non-fiction"), ("childrens-books", "Children's books")],
    ),
    ("music", "Music", &[("records", "Records"), ("instruments", "Instruments")]),
    (
        "toys",
        "Toys",
        &[("games", "Games"), ("puzzles", "Puzzles"), ("building-sets", "Building sets"), ("dolls", "Dolls")],
    ),
    ("baby", "Baby", &[("prams", "Prams"), ("nursery", "Nursery"), ("baby-clothing", "Baby clothing")]),
    (
        "sports",
        "Sports",
        &[
            ("fitness", "Fitness"),
            ("cycling", "Cycling"),
            ("camping", "Camping"),
            ("water-sports", "Water sports"),
        ],
    ),
    (
        "tools",
        "Tools",
        &[
            ("hand-tools", "Hand tools"),
            ("power-tools", "Power tools"),
            ("hardware", "Hardware"),
            ("paints", "Paints"),
        ],
    ),
    (
        "automotive",
        "Automotive",
        &[("car-parts", "Car parts"), ("car-care", "Car care"), ("motorcycles", "Motorcycles")],
    ),
    (
        "pets",
        "Pets",
        &[("dogs", "Dogs"), ("cats", "Cats"), ("small-animals", "Small animals"), ("aquarium", "Aquarium")],
    ),
    ("art", "Art", &[("prints", "Prints"), ("paintings", "Paintings"), ("antiques", "Antiques")]),
    ("gifts", "Gifts", &[("gift-cards", "Gift cards"), ("gift-wrapping", "Gift wrapping")]),
];
