DROP TRIGGER new_lead_is_booked ON leads;
DROP TRIGGER lead_is_booked ON leads;
DROP FUNCTION require_lead_is_booked();
