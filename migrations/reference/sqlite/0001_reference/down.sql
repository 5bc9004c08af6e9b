DROP TABLE taxonomy;
DROP TABLE tax_categories;
DROP TABLE categories;
DROP TABLE currencies;
DROP TABLE countries;
