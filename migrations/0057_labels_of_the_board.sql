-- The wallboard's words, and those of destinations: one word for each thing.

insert into dialer_labels (kind, value, locale, label) values
  ('blocker_reason', 'SWITCH_PAUSED', 'pt-BR', 'o PABX está em pausa e não aceita ligações novas'),
  ('blocker_reason', 'PBX_SHUTTING_DOWN', 'pt-BR', 'o PABX espera a última ligação para reiniciar e não aceita novas'),
  ('blocker_reason', 'CALLS_UNHEARD', 'pt-BR', 'o PABX não diz nada das ligações'),
  ('blocker_reason', 'MISSING_BUCKET', 'pt-BR', 'tronco sem limite de ligações'),
  ('blocker_reason', 'CPS', 'pt-BR', 'ligações por segundo no limite'),
  ('blocker_reason', 'SWITCH_CPS', 'pt-BR', 'ligações por segundo do próprio PABX no limite'),
  ('blocker_reason', 'CAMPAIGN_CONCURRENCY', 'pt-BR', 'limite de ligações da campanha atingido'),
  ('blocker_reason', 'MAX_CONCURRENT_ORIGINATES', 'pt-BR', 'limite de ligações não atendidas do discador atingido'),
  ('blocker_reason', 'ACCOUNT_CONCURRENCY', 'pt-BR', 'limite de ligações da conta atingido'),
  ('blocker_reason', 'ACCOUNT_CPS', 'pt-BR', 'ligações por segundo da conta no limite'),
  ('blocker_reason', 'DESTINATION_INACTIVE', 'en', 'destination switched off'),
  ('blocker_reason', 'DESTINATION_INACTIVE', 'pt-BR', 'destino desligado'),
  ('blocker_reason', 'DESTINATION_NOT_PERMITTED', 'en', 'destination not permitted'),
  ('blocker_reason', 'DESTINATION_NOT_PERMITTED', 'pt-BR', 'destino não permitido'),
  ('blocker_reason', 'DESTINATION_NODE', 'en', 'destination in another PBX'),
  ('blocker_reason', 'DESTINATION_NODE', 'pt-BR', 'destino em outro PABX'),
  ('blocker_reason', 'PHONE_BUSY', 'pt-BR', 'número em outra ligação'),
  ('lead_status', 'IN_PROGRESS', 'pt-BR', 'em ligação')
on conflict (kind, value, locale) do update set label = excluded.label;
