DROP POLICY job_run_all ON leadsmarket_jobrun;
ALTER TABLE leadsmarket_jobrun DISABLE ROW LEVEL SECURITY;
