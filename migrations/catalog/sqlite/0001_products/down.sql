DROP TABLE prices;
DROP TABLE variants;
DROP TABLE products;
