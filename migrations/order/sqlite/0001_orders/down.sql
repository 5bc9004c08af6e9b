DROP TABLE order_payments;
DROP TABLE order_number;
DROP TABLE order_lines;
DROP TABLE orders;
