-- Campaigns that are dialled, with their accounts.
select id, account_id as "accountId" from campaigns where status = 'ACTIVE' order by priority, id
