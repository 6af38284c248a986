DROP POLICY token_session_own ON api_tokensession;
DROP POLICY token_session_all ON api_tokensession;
ALTER TABLE api_tokensession DISABLE ROW LEVEL SECURITY;
DROP POLICY idempotent_request_own ON api_idempotentrequest;
DROP POLICY idempotent_request_all ON api_idempotentrequest;
ALTER TABLE api_idempotentrequest DISABLE ROW LEVEL SECURITY;
