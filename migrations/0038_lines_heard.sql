-- What only a standby heard while the engine that dials had no line to the PBX is handed in by the standby.

alter table voice_nodes add column pbx_line uuid;
alter table voice_nodes add column pbx_line_at timestamptz;
comment on column voice_nodes.pbx_line is
  'The connection to the PBX of the engine that dials; another one means that it may have missed events of its calls.';
comment on column voice_nodes.pbx_line_at is 'Since when it is that one.';

alter table engines add column heard_line uuid;
comment on column engines.heard_line is
  'A standby has handed in what it heard until the engine that dials had this connection (voice_nodes.pbx_line).';
