-- The campaign uses these trunks only. $1 account, $2 campaign, $3 trunk ids
insert into campaign_trunks (account_id, campaign_id, trunk_id)
select $1, $2, trunk_id from unnest($3::uuid[]) as given (trunk_id)
