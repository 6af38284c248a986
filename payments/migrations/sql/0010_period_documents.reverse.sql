DROP POLICY period_document_read ON payments_perioddocument;
DROP POLICY period_document_all ON payments_perioddocument;
ALTER TABLE payments_perioddocument DISABLE ROW LEVEL SECURITY;
DROP TRIGGER period_document_guard ON payments_perioddocument;
DROP FUNCTION guard_period_document();
