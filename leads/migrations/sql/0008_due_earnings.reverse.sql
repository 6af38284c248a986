DROP FUNCTION make_due_earnings_payable(timestamptz, integer);
