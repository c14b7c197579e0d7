-- The accounts of these campaigns. $1 campaign ids
select id, account_id as "accountId" from campaigns where id = any($1::uuid[])
