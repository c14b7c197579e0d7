-- The lead of a test call. $1 account, $2 campaign, $3 number in E.164, $4 zone
insert into leads (account_id, campaign_id, phone, phone_e164, dial_timezone) values ($1, $2, $3, $3, $4)
returning id
