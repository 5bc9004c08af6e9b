DROP TABLE webhook_events;
DROP TABLE payment_transactions;
DROP TABLE payments;
