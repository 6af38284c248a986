-- Repeated requests: each person their own. Jobs forget the old ones.
ALTER TABLE api_idempotentrequest ENABLE ROW LEVEL SECURITY;
CREATE POLICY idempotent_request_all ON api_idempotentrequest
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY idempotent_request_own ON api_idempotentrequest
USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));

-- Log-ins by token: each person their own. A refresh token names its person, whom the API takes for the actor.
ALTER TABLE api_tokensession ENABLE ROW LEVEL SECURITY;
CREATE POLICY token_session_all ON api_tokensession
USING ((SELECT app_sees_all())) WITH CHECK ((SELECT app_sees_all()));
CREATE POLICY token_session_own ON api_tokensession
USING (user_id = (SELECT app_user_id())) WITH CHECK (user_id = (SELECT app_user_id()));
