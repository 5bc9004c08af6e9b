ALTER TABLE order_payments DROP COLUMN captured;
DROP TABLE shipment_lines;
DROP TABLE shipments;
-- Nothing tells any more what has left.
UPDATE orders SET status = 'placed' WHERE status IN ('partially_shipped', 'shipped', 'completed');
ALTER TABLE orders DROP CONSTRAINT orders_status_check;
ALTER TABLE orders ADD CONSTRAINT orders_status_check CHECK (status IN ('placed', 'rejected', 'cancelled'));
