DROP TABLE known_tax_categories;
ALTER TABLE products DROP COLUMN tax_category;
