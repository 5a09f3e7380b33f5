CREATE INDEX conversation_due ON conversation (due) WHERE due IS NOT NULL;
CREATE INDEX conversation_list ON conversation (workspace, brand, resolved, rank) WHERE listed = 1;
CREATE INDEX conversation_all ON conversation (workspace, brand, rank) WHERE listed = 1;
CREATE INDEX outbox_due ON outbox (connection, asked, due);
CREATE INDEX untriaged_oldest ON untriaged (at, stream, remote_id);
CREATE VIRTUAL TABLE words USING fts5 (text, content = 'entry', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2');
