-- Counts everything and puts the campaigns' counts right; no parameters; returns the campaigns that were wrong
select campaign_id as "campaignId", counts_changed::float8 as "countsChanged" from rebuild_campaign_counts()
