-- A deposit for one campaign belongs to that campaign's merchant: a key over both. Checked at once, so that
-- deposits.services can say so.
ALTER TABLE leads_campaign ADD CONSTRAINT campaign_with_merchant UNIQUE (id, merchant_id);
ALTER TABLE company_deposits DROP CONSTRAINT deposit_campaign_fk;
ALTER TABLE company_deposits ADD CONSTRAINT deposit_campaign_fk
FOREIGN KEY (campaign_id, merchant_id) REFERENCES leads_campaign (id, merchant_id);
