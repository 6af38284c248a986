ALTER TABLE company_deposits DROP CONSTRAINT deposit_campaign_fk;
ALTER TABLE company_deposits ADD CONSTRAINT deposit_campaign_fk
FOREIGN KEY (campaign_id) REFERENCES leads_campaign (id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE leads_campaign DROP CONSTRAINT campaign_with_merchant;
