-- The demo's account, and its settings: a phone may be dialled again after seconds. $1 account, $2 gap seconds
with account as (
  insert into accounts (id, name) values ($1, 'Demo') on conflict do nothing
)
insert into account_settings (account_id, min_gap_seconds, max_dials_per_phone_per_day) values ($1, $2, 50)
on conflict (account_id) do update
set min_gap_seconds = excluded.min_gap_seconds, max_dials_per_phone_per_day = excluded.max_dials_per_phone_per_day
