"""This file is the statements of the load profile: what the server is told to make, many rows at a time."""

from __future__ import annotations

DRAW = """
CREATE OR REPLACE FUNCTION pg_temp.draw(n bigint, salt bigint, sides bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (hashint8extended(n, salt) & 2147483647) % sides $$
"""
"""A number from 0 to below `sides`, the same for the same n and salt."""

_DEPARTMENTS = """
INSERT INTO departments (id, code, name, name_en, cost_class, campus, retired)
SELECT %(first_departments)s + n, 'LP-D' || lpad(n::text, 3, '0'), '演示' || (n + 1) || '科', 'Department ' || (n + 1),
       CASE WHEN n < 90 THEN 'clinical' WHEN n < 110 THEN 'medical_technology' ELSE 'medical_auxiliary' END, '', false
FROM generate_series(0, %(departments)s - 1) n
"""

_STORES = """
INSERT INTO locations (id, code, label, name, name_en, kind, retired)
SELECT %(first_locations)s + n, 'LP-S' || n, 'LP-L-S' || n,
       (ARRAY['中心库', '高值库', '试剂库', '周转库'])[n + 1],
       (ARRAY['Central store', 'High-value store', 'Reagent store', 'Transfer store'])[n + 1], 'store', false
FROM generate_series(0, %(stores)s - 1) n
"""

_WARDS = """
INSERT INTO locations (id, code, label, name, name_en, kind, department_id, retired)
SELECT %(first_locations)s + %(stores)s + n, 'LP-W' || lpad(n::text, 3, '0'), 'LP-L-' || lpad(n::text, 3, '0'),
       '演示' || (n %% %(departments)s + 1) || '科' || (n / %(departments)s + 1) || '区', 'Ward ' || (n + 1),
       CASE WHEN n / %(departments)s = 2 AND n %% %(departments)s < 30 THEN 'theatre' ELSE 'ward' END,
       %(first_departments)s + n %% %(departments)s, false
FROM generate_series(0, %(locations)s - %(stores)s - 1) n
"""

_SUPPLIERS = """
INSERT INTO parties (id, code, kind, name, name_en, retired)
SELECT %(first_parties)s + n, 'LP-P' || lpad(n::text, 3, '0'), 'supplier', '演示供应商' || (n + 1),
       'Supplier ' || (n + 1), false
FROM generate_series(0, %(suppliers)s - 1) n
"""

_STAFF = """
INSERT INTO staff (id, code, name, language, disabled, session_stamp)
SELECT %(first_staff)s + n, 'lp' || lpad(n::text, 4, '0'), '演示员工' || (n + 1), 'zh-Hans', false, 1
FROM generate_series(0, %(staff)s - 1) n
"""

_PRODUCTS = """
INSERT INTO products (id, code, name, name_en, initials, specification, base_unit, product_class, chargeable, implant,
                      cold_chain, charge_code, insurance_code, registration_number, ved, control_class, attributes,
                      admission, retired)
SELECT %(first_products)s + n, 'LP' || lpad(n::text, 5, '0'), word.name, word.name_en, word.initials,
       (ARRAY['小号', '中号', '大号', '加长', '儿童型'])[1 + n %% 5] || ' ' || n / 12 || 'A',
       CASE WHEN n < %(high_value)s THEN '个' WHEN n < 14000 THEN '片' ELSE '人份' END,
       CASE WHEN n < %(high_value)s THEN 'high_value' WHEN n < 14000 THEN 'low_value' ELSE 'reagent' END,
       n < %(high_value)s OR n %% 3 = 0, n < %(high_value)s AND n %% 2 = 0, n >= 14000, 'LPH' || n, '', '',
       (ARRAY['V', 'E', 'E', 'D'])[1 + n %% 4], '', '{}', 'admitted', false
FROM generate_series(0, %(products)s - 1) n
JOIN (VALUES (0, '冠脉支架', 'Coronary stent', 'GMZJ'), (1, '球囊导管', 'Balloon catheter', 'QNDG'),
             (2, '人工晶体', 'Intraocular lens', 'RGJT'), (3, '骨螺钉', 'Bone screw', 'GLD'),
             (4, '留置针', 'Cannula', 'LZZ'), (5, '注射器', 'Syringe', 'ZSQ'), (6, '输液器', 'Infusion set', 'SYQ'),
             (7, '纱布块', 'Gauze', 'SBK'), (8, '医用手套', 'Gloves', 'YYST'), (9, '引流管', 'Drain', 'YLG'),
             (10, '敷料', 'Dressing', 'FL'), (11, '检测试剂', 'Test reagent', 'JCSJ')
     ) AS word(k, name, name_en, initials) ON word.k = CASE WHEN n < %(high_value)s THEN n %% 4
                                                            WHEN n < 14000 THEN 4 + n %% 7 ELSE 11 END
"""

_PACKAGINGS = """
INSERT INTO packagings (product_id, code, issuer, level, base_units)
SELECT %(first_products)s + n, level.digit || '690' || lpad(n::text, 9, '0') || check_digit.d, 'GS1',
       level.name, level.units
FROM generate_series(0, %(products)s - 1) n
JOIN (VALUES (0, 'unit', 1), (1, 'box', 15), (2, 'case', 300)) AS level(digit, name, units)
  ON level.digit = 0 OR n >= %(high_value)s
CROSS JOIN LATERAL (
    SELECT (10 - sum(substr(level.digit || '690' || lpad(n::text, 9, '0'), k, 1)::int * (1 + 2 * (k %% 2))) %% 10) %% 10
    FROM generate_series(1, 13) k) AS check_digit(d)
"""

_PRICES = """
INSERT INTO prices (product_id, supplier_id, unit_price, settlement_mode, valid_from_on)
SELECT %(first_products)s + n, %(first_parties)s + n %% %(suppliers)s,
       CASE WHEN n < %(high_value)s THEN 3000000 + 10000 * pg_temp.draw(n, 11, 9000)
            ELSE 5000 + 100 * pg_temp.draw(n, 12, 900) END,
       CASE WHEN n < %(high_value)s THEN 'on_use' ELSE 'on_receipt' END, DATE '2020-01-01'
FROM generate_series(0, %(products)s - 1) n
"""

_LOTS = """
INSERT INTO lots (id, product_id, code, produced_on, expires_on)
SELECT %(first_lots)s + n * %(months)s + m, %(first_products)s + n,
       'B' || to_char(made.day, 'YYMM') || lpad((n %% 97)::text, 2, '0'), made.day,
       made.day + CASE WHEN n %% 20 = 7 THEN 120 + n %% 120 ELSE 540 + n %% 600 END
FROM generate_series(0, %(products)s - 1) n, generate_series(0, %(months)s - 1) m
CROSS JOIN LATERAL (
    SELECT (date_trunc('month', %(until)s::timestamptz) - make_interval(months => %(months)s + 1 - m))::date
) AS made(day)
"""

_ENCOUNTERS = """
INSERT INTO encounters (id, code, wristband, patient, patient_name, bed, encounter_class, department_id, admitted_at,
                        discharged_at)
SELECT %(first_encounters)s + n, 'LP-E' || n, 'LP-WB' || n, 'LP-PT' || pg_temp.draw(n, %(seed)s + 20, %(encounters)s),
       (ARRAY['王', '李', '张', '刘', '陈', '杨', '赵', '黄'])[1 + pg_temp.draw(n, 21, 8)] || '*'
       || (ARRAY['明', '芳', '伟', '静', '强', '敏', '军', '丽'])[1 + pg_temp.draw(n, 22, 8)],
       lpad((1 + n %% 60)::text, 2, '0'), 'inpatient', %(first_departments)s + n %% %(departments)s, stay.began,
       CASE WHEN stay.began < %(until)s::timestamptz - interval '12 days' THEN stay.began + interval '12 days' END
FROM generate_series(0, %(encounters)s - 1) n
CROSS JOIN LATERAL (
    SELECT %(begin)s::timestamptz - interval '2 days'
           + (n / %(departments)s) * (%(days)s * interval '1 day') / %(blocks)s) AS stay(began)
"""

HOUSE = (
    _DEPARTMENTS, _STORES, _WARDS, _SUPPLIERS, _STAFF, _PRODUCTS, _PACKAGINGS, _PRICES, _LOTS, _ENCOUNTERS,
)  # fmt: skip

# One row a thing: slot 0 is the bulk, 1 to 20 its packs, then units, then bulks left whole. Things go about in fours:
# a tote. Of the goods used a few are most, as in life: the cube of a drawn number.
_THINGS = """
CREATE TEMP TABLE load_things AS
SELECT %(first_item)s + k::bigint * %(width)s + slot AS id, slot, kind, four,
       %(first_item)s + k::bigint * %(width)s + CASE WHEN four > 0 THEN four * 4 - 3 ELSE slot END AS act,
       (slot - 1) %% 4 + 1 AS place_in_act,
       %(first_item)s + k::bigint * %(width)s AS bulk_id,
       %(first_products)s + n AS product_id,
       %(first_lots)s + n * %(months)s + least(%(months)s - 1,
           floor(extract(epoch FROM at - %(begin)s::timestamptz) / 86400 / 31))::bigint AS lot_id,
       %(first_parties)s + n %% %(suppliers)s AS supplier_id,
       CASE kind WHEN 'unit' THEN %(first_parties)s + n %% %(suppliers)s ELSE 1 END AS owner_id,
       CASE kind WHEN 'unit' THEN 1 WHEN 'pack' THEN 15 ELSE 300 END AS quantity,
       CASE kind WHEN 'unit' THEN 3000000 + 10000 * pg_temp.draw(n, 11, 9000)
                 ELSE 5000 + 100 * pg_temp.draw(n, 12, 900) END AS unit_price,
       %(first_locations)s + CASE WHEN kind = 'unit' THEN 1 WHEN n >= 14000 THEN 2 ELSE 0 END AS store_id,
       %(first_locations)s + %(stores)s + department + %(departments)s * pg_temp.draw(
           k * 100 + four, %(seed)s + 5, CASE WHEN department < 36 THEN 4 ELSE 3 END) AS ward_id,
       department, at,
       CASE WHEN kind = 'bulk' THEN CASE WHEN slot = 0 THEN 2 ELSE 1 END
            WHEN NOT %(shelf)s THEN CASE kind WHEN 'unit' THEN 4 ELSE 18 END
            WHEN kind = 'unit' THEN CASE WHEN fate < 33 THEN 1 WHEN fate < 35 THEN 2 ELSE 3 END
            WHEN fate < 42 THEN 1 WHEN fate < 44 THEN 2 WHEN slot %% 7 = 0 THEN 3 + slot / 7 * 4 ELSE 3 END AS steps
FROM (
    SELECT k, slot, four, at, pg_temp.draw(k * 100 + four, %(seed)s + 3, %(departments)s) AS department,
           pg_temp.draw(k * 100 + four, %(seed)s + 4, 100) AS fate,
           CASE WHEN slot BETWEEN 1 AND 20 THEN 'pack' WHEN slot BETWEEN 21 AND 20 + %(units)s THEN 'unit'
                ELSE 'bulk' END AS kind,
           CASE WHEN slot BETWEEN 21 AND 20 + %(units)s
                THEN floor(%(high_value)s * power(pg_temp.draw(k * 100 + four, %(seed)s + 1, 1000000) / 1e6, 3))
                ELSE %(high_value)s + floor((%(products)s - %(high_value)s) * power(
                    pg_temp.draw(k * 100 + CASE WHEN slot > 20 THEN slot ELSE 0 END, %(seed)s + 2, 1000000) / 1e6, 3))
           END::bigint AS n
    FROM generate_series(%(start)s, %(end)s) k
    CROSS JOIN generate_series(0, %(width)s - 1) slot
    CROSS JOIN LATERAL (SELECT CASE WHEN slot BETWEEN 1 AND 20 + %(units)s THEN (slot + 3) / 4 ELSE 0 END) AS g(four)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN %(shelf)s THEN %(until)s::timestamptz - interval '60 days'
                         + interval '57 days' * ((k + 0.5) / %(stories)s)
                    ELSE %(begin)s::timestamptz + interval '362 days' * ((k + 0.5) / %(stories)s) END) AS t(at)
) AS drawn
"""

_ITEMS = """
INSERT INTO items (id, code, kind, product_id, lot_id, serial, unit_price, settlement_mode, supplier_id, parent_id,
                   created_at, quantity, location_id, owner_id, state, version, head)
SELECT id, CASE kind WHEN 'unit' THEN 'LPU' || id WHEN 'pack' THEN 'LPP' || id ELSE 'LPB' || id END, kind,
       product_id, lot_id, CASE kind WHEN 'unit' THEN 'SN' || lpad(id::text, 9, '0') ELSE '' END, unit_price,
       CASE kind WHEN 'unit' THEN 'on_use' ELSE 'on_receipt' END, supplier_id,
       CASE kind WHEN 'pack' THEN bulk_id END,
       at - CASE kind WHEN 'pack' THEN interval '6 days' ELSE interval '20 days' END,
       CASE WHEN slot = 0 THEN 0 WHEN kind = 'bulk' THEN quantity ELSE quantity - greatest(0, steps - 3) END,
       CASE WHEN slot = 0 THEN 2 WHEN steps = 1 THEN store_id WHEN steps = 2 THEN 6
            WHEN steps - 3 = quantity THEN 3 ELSE ward_id END,
       CASE WHEN steps - 3 = quantity THEN 1 ELSE owner_id END,
       CASE WHEN slot = 0 THEN 'spent' WHEN steps = 2 THEN 'in_transit' WHEN steps - 3 = quantity THEN 'consumed'
            WHEN steps > 3 THEN 'open' ELSE 'available' END,
       steps, sha256(int8send(id * 64 + steps))
FROM load_things
"""

_TOTES = """
INSERT INTO dispatches (code, from_location_id, to_location_id, dispatched_at)
SELECT 'LT' || act, store_id, ward_id, at - interval '2 hours'
FROM load_things WHERE steps >= 2 AND kind <> 'bulk' AND place_in_act = 1
"""

_MOVEMENTS = """
WITH moved AS (
    INSERT INTO movements (request_key, line, item_id, sequence, kind, quantity, from_location_id, to_location_id,
                           from_owner_id, to_owner_id, state_after, department_id, encounter_id, document, reason,
                           occurred_at, recorded_at, day_on, staff_id, device, previous_hash, hash)
    SELECT (lpad(to_hex(act_number), 12, '0') || act_class || '8000000000000000')::uuid, line, id, s, what,
           CASE what WHEN 'consume' THEN 1 ELSE quantity END,
           CASE s WHEN 1 THEN CASE kind WHEN 'pack' THEN 2 ELSE 1 END WHEN 2 THEN store_id WHEN 3 THEN 6
                  ELSE ward_id END,
           CASE s WHEN 1 THEN store_id WHEN 2 THEN CASE kind WHEN 'bulk' THEN 2 ELSE 6 END WHEN 3 THEN ward_id
                  ELSE 3 END,
           CASE WHEN s = 1 AND kind <> 'pack' THEN supplier_id ELSE owner_id END,
           CASE what WHEN 'consume' THEN 1 ELSE owner_id END,
           CASE WHEN s = 1 OR s = 3 THEN 'available' WHEN s = 2 THEN CASE kind WHEN 'bulk' THEN 'spent'
                ELSE 'in_transit' END WHEN s - 3 = quantity THEN 'consumed' ELSE 'open' END,
           CASE WHEN s >= 3 THEN %(first_departments)s + department END,
           CASE what WHEN 'consume' THEN %(first_encounters)s + department + %(departments)s * greatest(0, least(
               %(blocks)s - 1, floor(extract(epoch FROM happened - %(begin)s::timestamptz) / 86400
               / %(days)s * %(blocks)s)::bigint - pg_temp.draw(id * 64 + s, %(seed)s + 6, %(window)s))) END,
           CASE WHEN s = 1 AND kind <> 'pack' THEN 'LN' || act WHEN s IN (2, 3) AND kind <> 'bulk' THEN 'LT' || act
                ELSE '' END,
           '', happened, happened + interval '2 seconds', (happened AT TIME ZONE 'Asia/Shanghai')::date,
           %(first_staff)s + pg_temp.draw(act_number, %(seed)s + 7, %(staff)s), 'LP',
           sha256(int8send(id * 64 + s - 1)), sha256(int8send(id * 64 + s))
    FROM (
        SELECT t.*, s,
               CASE s WHEN 1 THEN CASE kind WHEN 'pack' THEN 'pack' ELSE 'receive' END
                      WHEN 2 THEN CASE kind WHEN 'bulk' THEN 'pack' ELSE 'dispatch' END
                      WHEN 3 THEN 'deliver' ELSE 'consume' END AS what,
               CASE WHEN s >= 4 THEN id * 64 + s
                    WHEN (s = 1 AND kind = 'pack') OR (s = 2 AND kind = 'bulk') THEN bulk_id * 64 + 2
                    ELSE act * 64 + s END AS act_number,
               CASE WHEN s >= 4 THEN '7005' WHEN (s = 1 AND kind = 'pack') OR (s = 2 AND kind = 'bulk') THEN '7002'
                    WHEN s = 1 THEN '7001' WHEN s = 2 THEN '7003' ELSE '7004' END AS act_class,
               CASE WHEN s >= 4 OR kind = 'bulk' THEN 1 WHEN s = 1 AND kind = 'pack' THEN 1 + slot
                    ELSE place_in_act END AS line,
               CASE WHEN s = 1 AND kind <> 'pack' THEN at - interval '20 days'
                    WHEN s = 1 OR kind = 'bulk' THEN at - interval '6 days' WHEN s = 2 THEN at - interval '2 hours'
                    WHEN s = 3 THEN at ELSE at + (s - 3) * interval '3 hours' END AS happened
        FROM load_things t CROSS JOIN LATERAL generate_series(1, t.steps) s
    ) AS step
    RETURNING request_key, line, staff_id, device, recorded_at, hash
)
INSERT INTO requests (key, content, staff_id, device, recorded_at)
SELECT request_key, hash, staff_id, device, recorded_at FROM moved WHERE line = 1
"""

STORY = ("DROP TABLE IF EXISTS load_things", _THINGS, _ITEMS, _TOTES, _MOVEMENTS)

_USES = """
CREATE TEMP TABLE load_uses AS
SELECT nextval('entries_id_seq') AS entry_id, m.id AS movement_id, m.item_id, m.day_on, m.recorded_at, m.hash,
       m.department_id, m.encounter_id, to_char(m.day_on, 'YYYY-MM') AS period
FROM movements m
WHERE m.id > (SELECT coalesce(max(movement_id), 0) FROM entries) AND m.kind = 'consume'
"""

_POSTINGS = """
INSERT INTO postings (entry_id, line, account, amount, period, department_id, party_id, encounter_id, product_id,
                      product_class, chargeable)
SELECT u.entry_id, l.line, l.account, l.sign * t.unit_price, u.period,
       CASE WHEN l.account = '5001.01' THEN u.department_id END,
       CASE WHEN l.account = '2302.01' THEN t.supplier_id END,
       CASE WHEN l.account = '5001.01' THEN u.encounter_id END, t.product_id, p.product_class, p.chargeable
FROM load_uses u
JOIN load_things t ON t.id = u.item_id
JOIN products p ON p.id = t.product_id
JOIN (VALUES ('pack', 1, '5001.01', 1), ('pack', 2, '1302.02', -1), ('unit', 1, '1302.02', 1),
             ('unit', 2, '2302.01', -1), ('unit', 3, '5001.01', 1), ('unit', 4, '1302.02', -1)
     ) AS l(kind, line, account, sign) ON l.kind = t.kind
"""

_ENTRIES = """
INSERT INTO entries (id, movement_id, event, period, day_on, recorded_at, digest)
SELECT u.entry_id, u.movement_id, CASE t.kind WHEN 'unit' THEN 'use_consigned' ELSE 'use_ward' END, u.period, u.day_on,
       u.recorded_at, u.hash
FROM load_uses u JOIN load_things t ON t.id = u.item_id
"""

MONEY = ("DROP TABLE IF EXISTS load_uses", _USES, _POSTINGS, _ENTRIES)

INDEXES = """
SELECT 'constraint', con.conrelid::regclass::text, con.conname, pg_get_constraintdef(con.oid)
FROM pg_constraint con WHERE con.contype = 'u' AND con.conrelid IN ('movements'::regclass, 'items'::regclass)
UNION ALL
SELECT 'index', i.indrelid::regclass::text, i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i WHERE i.indrelid IN ('movements'::regclass, 'items'::regclass) AND NOT i.indisprimary
AND NOT EXISTS (SELECT 1 FROM pg_constraint con WHERE con.conindid = i.indexrelid)
ORDER BY 2, 3
"""

SEQUENCES = """
SELECT setval('departments_id_seq', (SELECT max(id) FROM departments)),
       setval('locations_id_seq', (SELECT max(id) FROM locations)),
       setval('parties_id_seq', (SELECT max(id) FROM parties)), setval('staff_id_seq', (SELECT max(id) FROM staff)),
       setval('products_id_seq', (SELECT max(id) FROM products)), setval('lots_id_seq', (SELECT max(id) FROM lots)),
       setval('encounters_id_seq', (SELECT max(id) FROM encounters)),
       setval('items_id_seq', (SELECT max(id) FROM items))
"""

COUNTS = """
SELECT (SELECT count(*) FROM movements), (SELECT count(*) FROM items),
       (SELECT count(*) FROM items WHERE quantity > 0), (SELECT count(*) FROM encounters)
"""
