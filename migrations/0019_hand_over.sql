-- Engines tell each other whether they could dial at once, so that one that is cut off from the PBX hands over.

alter table engines add column can_take_over boolean not null default false;
comment on column engines.can_take_over is
  'Standby: its line to the PBX has been up for a while, and nothing keeps it from dialling. A holder that has lost its own line gives the node up only to such an engine.';
