-- A row if a campaign has a list of that name. $1 campaign, $2 name
select 1 from lists where campaign_id = $1 and name = $2 limit 1
