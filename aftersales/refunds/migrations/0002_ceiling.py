"""What was paid for an order is the ceiling of its after-sales cases: the database refuses what goes above it.

Counted are the amounts of open cases and what succeeded ones gave back, freight included; and what the platform says it
refunded without a case that is known here. The order is locked first, so that two cases at once cannot both fit. A case
that the platform itself reports may be the one behind its own refunded amount, and is not counted against it twice.
"""

from django.db import migrations

CEILING = """
CREATE FUNCTION refunds_check_ceiling() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paid numeric; told numeric; claimed numeric; given numeric; total numeric;
BEGIN
    SELECT gross_paid, refunded INTO paid, told FROM orders_order WHERE id = NEW.order_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount) FILTER (WHERE status NOT IN ('succeeded', 'closed')), 0),
        coalesce(sum(refunded) FILTER (WHERE status = 'succeeded'), 0)
        INTO claimed, given FROM refunds_refund WHERE order_id = NEW.order_id AND id <> NEW.id;
    IF NEW.status = 'succeeded' THEN
        given := given + NEW.refunded;
    ELSE
        claimed := claimed + NEW.amount;
    END IF;
    IF NEW.source = 'platform' THEN
        total := greatest(claimed + given, told);
    ELSE
        total := claimed + greatest(given, told);
    END IF;
    IF total > paid THEN
        RAISE EXCEPTION 'after-sales cases of order % claim % of % paid', NEW.order_id, total, paid
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_ceiling', TABLE = 'refunds_refund';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_ceiling_insert BEFORE INSERT ON refunds_refund
    FOR EACH ROW WHEN (NEW.status <> 'closed') EXECUTE FUNCTION refunds_check_ceiling();
CREATE TRIGGER refund_ceiling_update BEFORE UPDATE OF status, amount, refunded, order_id, source ON refunds_refund
    FOR EACH ROW WHEN (NEW.status <> 'closed' AND (OLD.status, OLD.amount, OLD.refunded, OLD.order_id, OLD.source)
        IS DISTINCT FROM (NEW.status, NEW.amount, NEW.refunded, NEW.order_id, NEW.source))
    EXECUTE FUNCTION refunds_check_ceiling();
"""
CEILING_UNDO = """
DROP TRIGGER refund_ceiling_insert ON refunds_refund;
DROP TRIGGER refund_ceiling_update ON refunds_refund;
DROP FUNCTION refunds_check_ceiling();
"""

# a case whose words changed is read for topics again
WORDS = """
CREATE TRIGGER refund_text_due_insert AFTER INSERT ON refunds_refund
    FOR EACH ROW WHEN (NEW.reason <> '' OR NEW.text <> '') EXECUTE FUNCTION topics_mark_text('refund');
CREATE TRIGGER refund_text_due_update AFTER UPDATE OF reason, text, title_id ON refunds_refund FOR EACH ROW
    WHEN ((OLD.reason, OLD.text, OLD.title_id) IS DISTINCT FROM (NEW.reason, NEW.text, NEW.title_id))
    EXECUTE FUNCTION topics_mark_text('refund');
"""
WORDS_UNDO = """
DROP TRIGGER refund_text_due_insert ON refunds_refund;
DROP TRIGGER refund_text_due_update ON refunds_refund;
"""


class Migration(migrations.Migration):
    dependencies = [("refunds", "0001_initial"), ("topics", "0002_mark_texts")]

    operations = [migrations.RunSQL(CEILING, CEILING_UNDO), migrations.RunSQL(WORDS, WORDS_UNDO)]
