-- The trunk of a test call. $1 account, $2 campaign, $3 trunk
insert into campaign_trunks (account_id, campaign_id, trunk_id) values ($1, $2, $3)
