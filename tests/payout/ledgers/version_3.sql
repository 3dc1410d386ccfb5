BEGIN TRANSACTION;
CREATE TABLE audit_log (
	seq BIGINT NOT NULL, 
	event TEXT NOT NULL, 
	previous_hash VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "audit_log" VALUES(1,'{"action":"gate","details":{"as_of":"2026-11-03T09:00:00+08:00","attempt":1,"period":"2026-10","verdict":"red"},"rows":{"gate_results":{"count":1,"sha256":"ac9d2be448f6ae73fa12700bf5b692c7df7da8b27991d2a63be0079a8a202600"}}}','0000000000000000000000000000000000000000000000000000000000000000','a70be3c3c481e7fcb4c0f2b3ee75bed8052583db328a5c970667b5023b7cfaa1');
INSERT INTO "audit_log" VALUES(2,'{"action":"waive","details":{"actor":"maker","at":"2026-11-06T10:00:00+08:00","check":"unmapped_identities","period":"2026-10","subject":"zoho_crm/888"},"rows":{"gate_waivers":{"count":1,"sha256":"126dfe1f12cdcfaf9e306c522b1a0b4fb7b84b8b2e7c6d5154df8c5c09ded8df"}}}','a70be3c3c481e7fcb4c0f2b3ee75bed8052583db328a5c970667b5023b7cfaa1','ba88facc90afc6946ea966ca690a73e7541846c850f277df85f27e6ee6cf1298');
INSERT INTO "audit_log" VALUES(3,'{"action":"manual","details":{"actor":"maker","adjustment":"b91c134038463420","at":"2026-11-06T10:00:00+08:00","period":"2026-10"},"rows":{"manual_adjustments":{"count":1,"sha256":"e21f0a04750df0c9b7cc32c05cb234219639915f0496c047d9e9264198c0f81d"}}}','ba88facc90afc6946ea966ca690a73e7541846c850f277df85f27e6ee6cf1298','e2f62232cea92e43963728556539e7ccb72bf11b50d96faf6ceebea756c55fc0');
INSERT INTO "audit_log" VALUES(4,'{"action":"gate","details":{"as_of":"2026-11-03T09:00:00+08:00","attempt":1,"period":"2026-10","verdict":"green"},"rows":{"gate_results":{"count":1,"sha256":"233b8c4247be98e6d8f09548f7c533082c7c4c375b3bd677e9086bffe28eb8ef"}}}','e2f62232cea92e43963728556539e7ccb72bf11b50d96faf6ceebea756c55fc0','827616936c7b1c0968acf37c374384d7c231361900e6227297291823d5366d94');
INSERT INTO "audit_log" VALUES(5,'{"action":"calculate","details":{"content_hash":"1210de1ffb9cb08700b7a085ce3dfcd1c4cf775cdb922af582444b25883a854e","period":"2026-10","revision":1,"runs":["2026-10 CN01-1"]},"rows":{"calculations":{"count":1,"sha256":"cce336e14c8500bd3b11b3f537f4bcde12c088d20ee90e4b27a552a956d162d0"},"held_lines":{"count":1,"sha256":"87dc75128130fe65dc0dd7de0a842deb7b986d9d83bf843456cf8885dc5f4a92"},"payout_lines":{"count":3,"sha256":"ec3fee1c9404bb1564884e71aa751546295a49fb5a718c04ac099d354ecee17b"},"run_events":{"count":1,"sha256":"416a06a14ea131ee2a524dc6040dcc9371782b0b90348b7c19025388492e04b4"},"runs":{"count":1,"sha256":"876cc17dd5e9024db97adac1be51e5cfa32c0eee99285e596a7aaa11a0e5613f"}}}','827616936c7b1c0968acf37c374384d7c231361900e6227297291823d5366d94','59a8b52306002000719b9281fa47f7a5c6ce183c20f94fd4a448c52a3231ce73');
INSERT INTO "audit_log" VALUES(6,'{"action":"reviewed","details":{"actor":"maker","at":"2026-11-06T10:00:00+08:00","revision":1,"run":"2026-10 CN01-1","subject_sha256":"b139cfde0f957672a188ea1d78e80144d4ab75729743ae36ce9ec11e4fde745f"},"rows":{"run_events":{"count":1,"sha256":"aed49628a094525fcaa69dae97458fa143e79c323c920ec696c2de50d9d6a7f8"}}}','59a8b52306002000719b9281fa47f7a5c6ce183c20f94fd4a448c52a3231ce73','b8d58dc28c12910808cb47a5d41cadac92ca184da471770e220e7f8cbbd306bc');
INSERT INTO "audit_log" VALUES(7,'{"action":"refused","details":{"actor":"maker","at":"2026-11-06T10:00:00+08:00","reason":"maker may not approve (the register lets checker, maker.other.login, paid.approver, small.limit do it)","run":"2026-10 CN01-1"},"rows":{}}','b8d58dc28c12910808cb47a5d41cadac92ca184da471770e220e7f8cbbd306bc','8938020123bf8b9452bb10c8b2ca28534ff4dd29fade48862187d8591d0def5b');
INSERT INTO "audit_log" VALUES(8,'{"action":"approved","details":{"actor":"checker","at":"2026-11-06T10:00:00+08:00","revision":1,"run":"2026-10 CN01-1","subject_sha256":"b139cfde0f957672a188ea1d78e80144d4ab75729743ae36ce9ec11e4fde745f"},"rows":{"run_events":{"count":1,"sha256":"d2e4006d52eea904cdebb16a943c7c38c39c248e8f8d285ac96c9960cdbdd6d8"}}}','8938020123bf8b9452bb10c8b2ca28534ff4dd29fade48862187d8591d0def5b','88f4f9f05675c178e97a5a3e11b3786e5968c2fe1fd318e33d536aae0056267d');
INSERT INTO "audit_log" VALUES(9,'{"action":"locked","details":{"actor":"checker","at":"2026-11-06T10:00:00+08:00","revision":1,"run":"2026-10 CN01-1","subject_sha256":"4671118c41883aa764c2a8629a90f05b8af445483e0453081252faf217eddb0f"},"rows":{"run_events":{"count":1,"sha256":"2d417ad81a952970d6e440c3305d3f1e30f8f27c49883ff08006888cc6cbe192"}}}','88f4f9f05675c178e97a5a3e11b3786e5968c2fe1fd318e33d536aae0056267d','32628caed725904e117319623375af20456d612fe2972ccf9bd07e71ff159ec2');
INSERT INTO "audit_log" VALUES(10,'{"action":"exported","details":{"actor":"maker","at":"2026-11-06T10:00:00+08:00","revision":1,"run":"2026-10 CN01-1","subject_sha256":"b139cfde0f957672a188ea1d78e80144d4ab75729743ae36ce9ec11e4fde745f"},"rows":{"run_events":{"count":1,"sha256":"7b6e926a346b604f20e2150b02a97f8540cacec46ca358b3d2761da9f5f78fda"}}}','32628caed725904e117319623375af20456d612fe2972ccf9bd07e71ff159ec2','5b3b923cbde326546f297883e0597967111325e7f2fb572ed7f88e0d40eed04a');
CREATE TABLE calculations (
	period VARCHAR(200) NOT NULL, 
	revision INTEGER NOT NULL, 
	content_hash TEXT NOT NULL, 
	measurement_hash TEXT NOT NULL, 
	plan_hash TEXT NOT NULL, 
	engine_version TEXT NOT NULL, 
	as_of TEXT NOT NULL, 
	gate_attempt INTEGER NOT NULL, 
	facts TEXT NOT NULL, 
	close_folder_sha256 TEXT NOT NULL, 
	audit_seq BIGINT NOT NULL, 
	row_hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (period, revision)
);
INSERT INTO "calculations" VALUES('2026-10',1,'1210de1ffb9cb08700b7a085ce3dfcd1c4cf775cdb922af582444b25883a854e','09ab7a54e86882431592b9fb9d36b95a1c7b1aec0a1e02192d6a7bf0d6068bb8','5f237c355c62ba8965beb8da40c0c6b2e96d71a2b81e2fb8a205c4ebe84819bf','0.1.0/1','2026-11-03T09:00:00+08:00',1,'{"carried": [], "loads": {"used": ["load1"]}, "notes": [], "recomputed_origins": [], "settled_runs": []}','4671118c41883aa764c2a8629a90f05b8af445483e0453081252faf217eddb0f',5,'6921c7a60c8f3c1d926144998466e6fc21fe9bef2739578e93b7a36071d74c9a');
CREATE TABLE gate_results (
	period VARCHAR(200) NOT NULL, 
	measurement_hash VARCHAR(200) NOT NULL, 
	attempt INTEGER NOT NULL, 
	verdict TEXT NOT NULL, 
	as_of TEXT NOT NULL, 
	rules_hash TEXT NOT NULL, 
	findings TEXT NOT NULL, 
	audit_seq BIGINT NOT NULL, 
	row_hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (period, measurement_hash, attempt)
);
INSERT INTO "gate_results" VALUES('2026-10','bce8f29f33683660e9673d0daffcd386dc006727f9cac97e9d658f6ba5aac94d',1,'red','2026-11-03T09:00:00+08:00','192af0904701033a77e4b4493bd75522184d6e8442bb12d8e4b030ab4ec96424','[{"check":"unmapped_identities","message":"7 records from 2026-10-02 to 2026-10-03 belong to nobody; add the user to the identity_map feed","severity":"error","subject":"zoho_crm/888"}]',1,'d23821c931ceef67d6c75aac9ded7c906a39b2ac49e4dc65ed74abd3ecc8a8e8');
INSERT INTO "gate_results" VALUES('2026-10','09ab7a54e86882431592b9fb9d36b95a1c7b1aec0a1e02192d6a7bf0d6068bb8',1,'green','2026-11-03T09:00:00+08:00','192af0904701033a77e4b4493bd75522184d6e8442bb12d8e4b030ab4ec96424','[{"check":"unmapped_identities","message":"7 records from 2026-10-02 to 2026-10-03 belong to nobody; add the user to the identity_map feed (accepted by maker: a test user)","severity":"warning","subject":"zoho_crm/888"}]',4,'1adbc205f458123175cf1e659f6dadabefad2c4ba28cb0f906b592da8225a5d2');
CREATE TABLE gate_waivers (
	waiver_id VARCHAR(200) NOT NULL, 
	period TEXT NOT NULL, 
	check_id TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	message TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	at TEXT NOT NULL, 
	audit_seq BIGINT NOT NULL, 
	row_hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (waiver_id)
);
INSERT INTO "gate_waivers" VALUES('41a7d2d9e22fa51f6e69268f7402a005','2026-10','unmapped_identities','zoho_crm/888','7 records from 2026-10-02 to 2026-10-03 belong to nobody; add the user to the identity_map feed','maker','a test user','2026-11-06T10:00:00+08:00',2,'528e26af61cb57f270c136dc59ada15a9cd3314b0592b3502b97c50aa1447102');
CREATE TABLE held_lines (
	period VARCHAR(200) NOT NULL, 
	pay_group VARCHAR(200) NOT NULL, 
	run_no INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	employee_no VARCHAR(200) NOT NULL, 
	component VARCHAR(200) NOT NULL, 
	plan_id VARCHAR(200) NOT NULL, 
	plan_version INTEGER NOT NULL, 
	cost_centre VARCHAR(200) NOT NULL, 
	reason VARCHAR(200) NOT NULL, 
	pay_item_code TEXT NOT NULL, 
	payer_entity TEXT NOT NULL, 
	audit_seq BIGINT NOT NULL, 
	row_hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (period, pay_group, run_no, revision, employee_no, component, plan_id, plan_version, cost_centre, reason)
);
INSERT INTO "held_lines" VALUES('2026-10','CN01',1,1,'E0003','score_bonus','simple',1,'CC10','sales_revenue_attainment is missing','B100','PE01',5,'75a0cb133f5e4f38c3677bd5077e0d6bfc208bab3eeed4ca0c5dd578566b1cc3');
CREATE TABLE ledger_schema (
	version INTEGER NOT NULL, 
	name VARCHAR, 
	PRIMARY KEY (version)
);
INSERT INTO "ledger_schema" VALUES(1,'tables of the ledger');
INSERT INTO "ledger_schema" VALUES(2,'append-only by trigger');
INSERT INTO "ledger_schema" VALUES(3,'findings of the gate that a person accepted');
CREATE TABLE manual_adjustments (
	adjustment_id VARCHAR(200) NOT NULL, 
	period TEXT NOT NULL, 
	origin_period TEXT NOT NULL, 
	employee_no TEXT NOT NULL, 
	pay_item_code TEXT NOT NULL, 
	component TEXT NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	currency TEXT NOT NULL, 
	author TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	evidence TEXT NOT NULL, 
	at TEXT NOT NULL, 
	audit_seq BIGINT NOT NULL, 
	row_hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (adjustment_id)
);
INSERT INTO "manual_adjustments" VALUES('b91c134038463420','2026-10','2026-10','E0001','B900','goodwill',15000,'CNY','maker','agreed on 5 November 约定','minutes 2026-11-05','2026-11-06T10:00:00+08:00',3,'e9b17842fef0b2ac3f2ebd2c8c0f023309b3d25aaadcf2f46ef64984bb2f3734');
CREATE TABLE payout_lines (
	line_id VARCHAR(200) NOT NULL, 
	period TEXT NOT NULL, 
	pay_group TEXT NOT NULL, 
	run_no INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	payer_entity TEXT NOT NULL, 
	pay_month TEXT NOT NULL, 
	employee_no TEXT NOT NULL, 
	department_id TEXT NOT NULL, 
	plan_id TEXT NOT NULL, 
	plan_version INTEGER NOT NULL, 
	component TEXT NOT NULL, 
	pay_item_code TEXT NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	currency TEXT NOT NULL, 
	cost_centre TEXT NOT NULL, 
	origin_period TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	origin_line TEXT NOT NULL, 
	trace_node TEXT NOT NULL, 
	audit_seq BIGINT NOT NULL, 
	row_hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (line_id), 
	FOREIGN KEY(period, pay_group, run_no, revision) REFERENCES runs (period, pay_group, run_no, revision)
);
INSERT INTO "payout_lines" VALUES('2eb5223e03fde802fced3d71a868e795','2026-10','CN01',1,1,'manual','PE01','2026-11','E0001','D-SAL','',0,'goodwill','B900',15000,'CNY','CC10','2026-10','b91c134038463420: agreed on 5 November 约定','b91c134038463420','',5,'9c614a53f5530a2fb5072defe67cfce1e5715970aba93d6c773335a9e2e7e378');
INSERT INTO "payout_lines" VALUES('6cbdc8da81f7c0e7bbcad60ad27a0c14','2026-10','CN01',1,1,'regular','PE01','2026-11','E0001','D-SAL','simple',1,'score_bonus','B100',584362,'CNY','CC10','2026-10','','','payout.score_bonus',5,'98075f520bd17a8600cc6848ce9af0dd805aa4a0d50e7d23f9c5c66d128e2dbf');
INSERT INTO "payout_lines" VALUES('48a6fa1c822baed476f72629944ff612','2026-10','CN01',1,1,'regular','PE01','2026-11','E0002','D-SAL','simple',1,'score_bonus','B100',250000,'CNY','CC10','2026-10','','','payout.score_bonus',5,'cc52cc058cb6cdaa86f4282fa6676a0bca6fa95c0437dc1dd45620ec84b11150');
CREATE TABLE run_events (
	period VARCHAR(200) NOT NULL, 
	pay_group VARCHAR(200) NOT NULL, 
	run_no INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	event TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	actor_employee_no TEXT NOT NULL, 
	subject_sha256 TEXT NOT NULL, 
	note TEXT NOT NULL, 
	at TEXT NOT NULL, 
	audit_seq BIGINT NOT NULL, 
	row_hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (period, pay_group, run_no, revision, step)
);
INSERT INTO "run_events" VALUES('2026-10','CN01',1,1,1,'calculated','close','','','','2026-11-03T09:00:00+08:00',5,'808171e7b9b5e12f75d63aac4c61bbc8600d92767d28723953c3e69782d3fa69');
INSERT INTO "run_events" VALUES('2026-10','CN01',1,1,2,'reviewed','maker','','b139cfde0f957672a188ea1d78e80144d4ab75729743ae36ce9ec11e4fde745f','OA-2026-1107','2026-11-06T10:00:00+08:00',6,'6e8ec69e3e8c04f6881337b7e86e8dc4478cb002bc6de0283eb6f24d4e97e58d');
INSERT INTO "run_events" VALUES('2026-10','CN01',1,1,3,'approved','checker','','b139cfde0f957672a188ea1d78e80144d4ab75729743ae36ce9ec11e4fde745f','','2026-11-06T10:00:00+08:00',8,'d958cfd9ce727848dd91a934127152fa348568015857b0e82f23639d467eec19');
INSERT INTO "run_events" VALUES('2026-10','CN01',1,1,4,'locked','checker','','4671118c41883aa764c2a8629a90f05b8af445483e0453081252faf217eddb0f','','2026-11-06T10:00:00+08:00',9,'99b41ed74519cde1a2b0f4da0edd11fe1d1a5ae5b9d76c1d8b5291f7cbfbcd65');
INSERT INTO "run_events" VALUES('2026-10','CN01',1,1,5,'exported','maker','','b139cfde0f957672a188ea1d78e80144d4ab75729743ae36ce9ec11e4fde745f','','2026-11-06T10:00:00+08:00',10,'10159e797db5f982f75becdda344b4fbb11a828388556191a3480ecbea05a5ab');
CREATE TABLE runs (
	period VARCHAR(200) NOT NULL, 
	pay_group VARCHAR(200) NOT NULL, 
	run_no INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	pay_month TEXT NOT NULL, 
	line_count INTEGER NOT NULL, 
	total_fen BIGINT NOT NULL, 
	content_digest TEXT NOT NULL, 
	audit_seq BIGINT NOT NULL, 
	row_hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (period, pay_group, run_no, revision), 
	FOREIGN KEY(period, revision) REFERENCES calculations (period, revision)
);
INSERT INTO "runs" VALUES('2026-10','CN01',1,1,'2026-11',3,849362,'1210de1ffb9cb08700b7a085ce3dfcd1c4cf775cdb922af582444b25883a854e',5,'7a708f897e69d097535ad52f19f9d42c21c1d4f27e17925bf2dfd62b50d86319');
CREATE INDEX ix_gate_results_audit_seq ON gate_results (audit_seq);
CREATE INDEX ix_calculations_audit_seq ON calculations (audit_seq);
CREATE INDEX ix_held_lines_audit_seq ON held_lines (audit_seq);
CREATE INDEX ix_run_events_audit_seq ON run_events (audit_seq);
CREATE INDEX ix_manual_adjustments_audit_seq ON manual_adjustments (audit_seq);
CREATE INDEX ix_runs_audit_seq ON runs (audit_seq);
CREATE INDEX ix_payout_lines_audit_seq ON payout_lines (audit_seq);
CREATE TRIGGER gate_results_no_update BEFORE UPDATE ON gate_results BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: gate_results refuses UPDATE'); END;
CREATE TRIGGER gate_results_no_delete BEFORE DELETE ON gate_results BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: gate_results refuses DELETE'); END;
CREATE TRIGGER gate_results_no_replace BEFORE INSERT ON gate_results WHEN EXISTS (SELECT 1 FROM gate_results WHERE period = NEW.period AND measurement_hash = NEW.measurement_hash AND attempt = NEW.attempt) BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: the key is already in gate_results'); END;
CREATE TRIGGER calculations_no_update BEFORE UPDATE ON calculations BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: calculations refuses UPDATE'); END;
CREATE TRIGGER calculations_no_delete BEFORE DELETE ON calculations BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: calculations refuses DELETE'); END;
CREATE TRIGGER calculations_no_replace BEFORE INSERT ON calculations WHEN EXISTS (SELECT 1 FROM calculations WHERE period = NEW.period AND revision = NEW.revision) BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: the key is already in calculations'); END;
CREATE TRIGGER runs_no_update BEFORE UPDATE ON runs BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: runs refuses UPDATE'); END;
CREATE TRIGGER runs_no_delete BEFORE DELETE ON runs BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: runs refuses DELETE'); END;
CREATE TRIGGER runs_no_replace BEFORE INSERT ON runs WHEN EXISTS (SELECT 1 FROM runs WHERE period = NEW.period AND pay_group = NEW.pay_group AND run_no = NEW.run_no AND revision = NEW.revision) BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: the key is already in runs'); END;
CREATE TRIGGER payout_lines_no_update BEFORE UPDATE ON payout_lines BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: payout_lines refuses UPDATE'); END;
CREATE TRIGGER payout_lines_no_delete BEFORE DELETE ON payout_lines BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: payout_lines refuses DELETE'); END;
CREATE TRIGGER payout_lines_no_replace BEFORE INSERT ON payout_lines WHEN EXISTS (SELECT 1 FROM payout_lines WHERE line_id = NEW.line_id) BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: the key is already in payout_lines'); END;
CREATE TRIGGER held_lines_no_update BEFORE UPDATE ON held_lines BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: held_lines refuses UPDATE'); END;
CREATE TRIGGER held_lines_no_delete BEFORE DELETE ON held_lines BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: held_lines refuses DELETE'); END;
CREATE TRIGGER held_lines_no_replace BEFORE INSERT ON held_lines WHEN EXISTS (SELECT 1 FROM held_lines WHERE period = NEW.period AND pay_group = NEW.pay_group AND run_no = NEW.run_no AND revision = NEW.revision AND employee_no = NEW.employee_no AND component = NEW.component AND plan_id = NEW.plan_id AND plan_version = NEW.plan_version AND cost_centre = NEW.cost_centre AND reason = NEW.reason) BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: the key is already in held_lines'); END;
CREATE TRIGGER run_events_no_update BEFORE UPDATE ON run_events BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: run_events refuses UPDATE'); END;
CREATE TRIGGER run_events_no_delete BEFORE DELETE ON run_events BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: run_events refuses DELETE'); END;
CREATE TRIGGER run_events_no_replace BEFORE INSERT ON run_events WHEN EXISTS (SELECT 1 FROM run_events WHERE period = NEW.period AND pay_group = NEW.pay_group AND run_no = NEW.run_no AND revision = NEW.revision AND step = NEW.step) BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: the key is already in run_events'); END;
CREATE TRIGGER manual_adjustments_no_update BEFORE UPDATE ON manual_adjustments BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: manual_adjustments refuses UPDATE'); END;
CREATE TRIGGER manual_adjustments_no_delete BEFORE DELETE ON manual_adjustments BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: manual_adjustments refuses DELETE'); END;
CREATE TRIGGER manual_adjustments_no_replace BEFORE INSERT ON manual_adjustments WHEN EXISTS (SELECT 1 FROM manual_adjustments WHERE adjustment_id = NEW.adjustment_id) BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: the key is already in manual_adjustments'); END;
CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: audit_log refuses UPDATE'); END;
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: audit_log refuses DELETE'); END;
CREATE TRIGGER audit_log_no_replace BEFORE INSERT ON audit_log WHEN EXISTS (SELECT 1 FROM audit_log WHERE seq = NEW.seq) BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: the key is already in audit_log'); END;
CREATE TRIGGER ledger_schema_no_update BEFORE UPDATE ON ledger_schema BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: ledger_schema refuses UPDATE'); END;
CREATE TRIGGER ledger_schema_no_delete BEFORE DELETE ON ledger_schema BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: ledger_schema refuses DELETE'); END;
CREATE TRIGGER ledger_schema_no_replace BEFORE INSERT ON ledger_schema WHEN EXISTS (SELECT 1 FROM ledger_schema WHERE version = NEW.version) BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: the key is already in ledger_schema'); END;
CREATE INDEX ix_gate_waivers_audit_seq ON gate_waivers (audit_seq);
CREATE TRIGGER gate_waivers_no_update BEFORE UPDATE ON gate_waivers BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: gate_waivers refuses UPDATE'); END;
CREATE TRIGGER gate_waivers_no_delete BEFORE DELETE ON gate_waivers BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: gate_waivers refuses DELETE'); END;
CREATE TRIGGER gate_waivers_no_replace BEFORE INSERT ON gate_waivers WHEN EXISTS (SELECT 1 FROM gate_waivers WHERE waiver_id = NEW.waiver_id) BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: the key is already in gate_waivers'); END;
COMMIT;
