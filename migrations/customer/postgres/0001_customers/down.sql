DROP TABLE payment_methods;
DROP TABLE addresses;
DROP TABLE customers;
