-- Runs of jobs: for staff and the jobs themselves; merchants and influencers see none.
ALTER TABLE leadsmarket_jobrun ENABLE ROW LEVEL SECURITY;
CREATE POLICY job_run_all ON leadsmarket_jobrun
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
