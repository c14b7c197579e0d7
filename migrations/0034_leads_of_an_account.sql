-- Before a table is analysed, an index of two columns that a foreign key checks looks as good as its unique one: each new
-- attempt then read every lead of its campaign.

drop index leads_by_account;
create index leads_by_account on leads (account_id, created_at);
