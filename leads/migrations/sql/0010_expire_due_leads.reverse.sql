DROP FUNCTION expire_due_leads(timestamptz, integer);
