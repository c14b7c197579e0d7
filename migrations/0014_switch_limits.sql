-- What a switch allows by itself, so that passes stay below it and say so when it is what limits.

alter table voice_nodes
  add column pbx_calls_per_second integer check (pbx_calls_per_second > 0),
  add column pbx_free_calls integer check (pbx_free_calls >= 0),
  add column pbx_free_calls_at timestamptz;
comment on column voice_nodes.pbx_calls_per_second is
  'Calls that the PBX lets us start per second: half of its sessions-per-second, less one. Null: it does not say.';
comment on column voice_nodes.pbx_free_calls is
  'Calls that could be added below the PBX''s max-sessions when it was last asked. Null: it does not say.';
comment on column voice_nodes.pbx_free_calls_at is 'When it was last asked.';
