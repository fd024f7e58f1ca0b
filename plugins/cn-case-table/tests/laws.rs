//! decode(encode(documents)) = documents, for every message in every encoding.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use bailiwick_sdk::document::{Item, Placement, Subject};
use bailiwick_sdk::testing;
use cn_case_table::CaseTable;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use support::{decode, documents, encode, in_encoding, problems, subject};

const ZONE: &str = "Asia/Shanghai";

/// Text as cells hold it: quotes and commas inside, no blanks at the ends.
fn text() -> impl Strategy<Value = Value> {
    "[一-龥a-zA-Z0-9（）·]([一-龥A-Z0-9,\" ：]{0,10}[一-龥a-z0-9\"])?".prop_map(Value::from)
}

/// The same with line feeds, which free text may have.
fn lines() -> impl Strategy<Value = Value> {
    "[一-龥a-zA-Z0-9（）·]([一-龥A-Z0-9,\"\n ：]{0,10}[一-龥a-z0-9\"])?".prop_map(Value::from)
}

fn key() -> impl Strategy<Value = Value> {
    "[A-Z]{1,3}[0-9]{1,12}".prop_map(Value::from)
}

fn day() -> impl Strategy<Value = Value> {
    (2000u32..2040, 1u32..13, 1u32..29).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}").into())
}

fn minor() -> impl Strategy<Value = Value> {
    (0i64..10_000_000_000).prop_map(Value::from)
}

fn money() -> impl Strategy<Value = Value> {
    (1i64..10_000_000_000).prop_map(Value::from)
}

fn flag() -> impl Strategy<Value = Value> {
    any::<bool>().prop_map(Value::from)
}

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::sample::select(words).prop_map(Value::from)
}

type Member = (&'static str, bool, BoxedStrategy<Value>);

fn must(name: &'static str, value: impl Strategy<Value = Value> + 'static) -> Member {
    (name, true, value.boxed())
}

fn may(name: &'static str, value: impl Strategy<Value = Value> + 'static) -> Member {
    (name, false, value.boxed())
}

/// An object of these members; optional ones are sometimes absent.
fn object(members: Vec<Member>) -> BoxedStrategy<Value> {
    let mut all: BoxedStrategy<Map<String, Value>> = Just(Map::new()).boxed();
    for (name, required, value) in members {
        let value = if required { value.prop_map(Some).boxed() } else { prop::option::of(value).boxed() };
        all = (all, value)
            .prop_map(move |(mut map, value)| {
                value.map(|value| map.insert(name.to_owned(), value));
                map
            })
            .boxed();
    }
    all.prop_map(Value::Object).boxed()
}

fn extra(names: &'static [&'static str]) -> BoxedStrategy<Value> {
    object(names.iter().map(|name| may(name, lines())).collect())
}

fn document(kind: &'static str, members: Vec<Member>) -> BoxedStrategy<Item> {
    object(members)
        .prop_map(move |mut value| {
            if let Some(map) = value.as_object_mut() {
                map.retain(|_, member| !matches!(member, Value::Object(extra) if extra.is_empty()));
            }
            let mut item = Map::new();
            item.insert(kind.to_owned(), value);
            serde_json::from_value(Value::Object(item)).unwrap()
        })
        .boxed()
}

fn people() -> BoxedStrategy<Value> {
    let phone = |kind: &'static str| text().prop_map(move |number| json!({ "kind": kind, "number": number }));
    let place = |kind: &'static str| text().prop_map(move |text| json!({ "kind": kind, "text": text }));
    let customer = object(vec![
        must("role", Just("primary".into())),
        must("liable", Just(true.into())),
        must("name", text()),
        may("identity_number", key()),
        may("marital_status", text()),
        may("employer", text()),
        must("zone", Just(ZONE.into())),
    ]);
    let home = (place("home"), prop::option::of(text()), prop::option::of(text())).prop_map(
        |(mut home, city, region)| {
            if let Some(city) = city {
                home["city"] = city;
            }
            if let Some(region) = region {
                home["region"] = region;
            }
            home
        },
    );
    let addresses =
        (prop::option::of(home), prop::option::of(place("registered")), prop::option::of(place("work")));
    let phones =
        (prop::option::of(phone("mobile")), prop::option::of(phone("home")), prop::option::of(phone("work")));
    let relation = prop::sample::select(&[
        ("共同借款人", "joint", true),
        ("担保人", "guarantor", true),
        ("配偶", "spouse", false),
        ("同事", "contact", false),
    ]);
    let contact =
        (text(), relation, prop::option::of(phone("mobile"))).prop_map(|(name, relation, phone)| {
            let (word, role, liable) = relation;
            let mut contact =
                json!({ "role": role, "liable": liable, "name": name, "relation": word, "zone": ZONE });
            if let Some(phone) = phone {
                contact["phones"] = json!([phone]);
            }
            contact
        });
    (customer, addresses, phones, prop::collection::vec(contact, 0..3), any::<bool>())
        .prop_map(|(mut customer, addresses, phones, contacts, second_only)| {
            let list = |three: [Option<Value>; 3]| three.into_iter().flatten().collect::<Vec<_>>();
            for (name, values) in [("addresses", list(addresses.into())), ("phones", list(phones.into()))] {
                if !values.is_empty() {
                    customer[name] = values.into();
                }
            }
            let mut people = vec![customer];
            people.extend(contacts);
            if second_only && people.len() == 2 {
                people[1]["key"] = "联系人2".into();
            }
            people.into()
        })
        .boxed()
}

fn case() -> BoxedStrategy<Item> {
    let balance = prop::collection::vec(0i64..100_000_000, 6).prop_map(|parts| {
        let kinds = [
            json!({ "bucket": "principal" }),
            json!({ "bucket": "interest" }),
            json!({ "bucket": "penalty" }),
            json!({ "bucket": "late_fee" }),
            json!({ "bucket": "other", "code": "其他费用" }),
            json!({ "bucket": "other", "code": "逾期管理费" }),
        ];
        let parts = kinds.into_iter().zip(parts).filter(|(_, minor)| minor % 3 > 0);
        parts
            .map(|(mut part, minor)| {
                part["minor"] = minor.into();
                part
            })
            .collect::<Vec<_>>()
            .into()
    });
    let status = prop::sample::select(vec![
        ("待委外", json!([])),
        ("停催", json!(["stopped"])),
        ("留案", json!(["kept"])),
        ("停催", json!(["stopped", "kept"])),
        ("催收中", json!(["kept"])),
    ]);
    let rest = document(
        "placement",
        vec![
            must("account", key()),
            must("currency", Just("CNY".into())),
            must("balance", balance),
            may("account_number", key()),
            may("customer", key()),
            may("batch", key()),
            may("placed_on", day()),
            may("term_ends_on", day()),
            may("round", (0u16..50).prop_map(Value::from)),
            may("age_band", one_of(&["M1", "M6+"])),
            may("delinquent_on", day()),
            may("days_overdue", (0u32..9999).prop_map(Value::from)),
            may("opened_on", day()),
            may("last_payment_on", day()),
            may("last_payment", minor()),
            may("commission", (0u32..=1_000_000).prop_map(|ppm| json!({ "rate_ppm": ppm / 100 * 100 }))),
            may("product", text()),
            may("product_family", text()),
            may("contract", key()),
            may("cleared", flag()),
            must("parties", people()),
            may("extra", extra(&["委外方", "还款期数", "每期还款日", "客户还款卡银行", "备注"])),
        ],
    );
    (rest, status)
        .prop_map(|(item, (status, holds))| {
            let Item::Placement(mut case) = item else { panic!() };
            case.status = Some(status.try_into().unwrap());
            case.holds = serde_json::from_value(holds).unwrap();
            case.into()
        })
        .boxed()
}

fn matter(kind: &'static str) -> BoxedStrategy<Item> {
    document(
        kind,
        vec![
            must("account", key()),
            must("identifier", key()),
            must("received_on", day()),
            must("state", one_of(&["open", "closed"])),
            may("text", lines()),
            may("resolution", "[a-z]{1,9}".prop_map(Value::from)),
            may("category", text()),
            may("hold", flag()),
            may("closed_on", day()),
            may("outcome", one_of(&["upheld", "partly_upheld", "refused", "withdrawn"])),
            may("extra", extra(&["客户姓名"])),
        ],
    )
}

fn cny() -> Member {
    must("currency", Just("CNY".into()))
}

fn items(message: &str) -> BoxedStrategy<Item> {
    match message {
        "cases" => case(),
        "recalls" => document(
            "recall",
            vec![
                must("account", key()),
                must("stage", one_of(&["pending", "final"])),
                may("account_number", key()),
                may("reason", text()),
                may("on", day()),
                may("objection_on", day()),
                may("placed_in_error", flag()),
            ],
        ),
        "recall_objections" => document(
            "recall_objection",
            vec![
                must("account", key()),
                must("reason", text()),
                may("account_number", key()),
                may("on", day()),
            ],
        ),
        "acknowledgment" => document(
            "acknowledgment",
            vec![
                must("account", key()),
                must("acceptance", one_of(&["accepted", "rejected"])),
                cny(),
                must("original_balance", minor()),
                must("current_balance", minor()),
                must("received_on", day()),
                must("reason", text()),
                may("account_number", key()),
                may("text", lines()),
                may("last_payment_on", day()),
                may("last_payment", minor()),
                may("receiver_key", key()),
            ],
        ),
        "returns" => document(
            "return",
            vec![
                must("account", key()),
                must("reason", Just("unlocatable".into())),
                must("code", Just("失联退案".into())),
                must("on", day()),
                cny(),
                must("placed", minor()),
                may("text", lines()),
                may("paid", minor()),
                may("waived", minor()),
                may("remaining", minor()),
                may("extra", extra(&["委外批次号", "退回来源", "委外方"])),
            ],
        ),
        "followups" => {
            let started = (0u32..24, 0u32..60, day()).prop_map(|(hour, minute, day)| {
                json!({ "utc": format!("{}T{hour:02}:{minute:02}:07Z", day.as_str().unwrap()), "zone": ZONE })
            });
            let plain = document(
                "contact_attempt",
                vec![
                    must("account", key()),
                    must(
                        "channel",
                        one_of(&["phone", "visit", "sms", "letter", "email", "chat", "legal", "other"]),
                    ),
                    must("direction", Just("outbound".into())),
                    must("started", started),
                    may("person", text()),
                    may("medium", text()),
                    may("text", lines()),
                    may("relation", text()),
                    may("seconds", (0u32..9999).prop_map(Value::from)),
                    may("result", one_of(&["失联", "承诺还款"])),
                    may("medium_state", text()),
                    may("recording", text()),
                    may("operator", text()),
                    may("promised_on", day()),
                    may("next_on", day()),
                ],
            );
            (plain, prop::option::of(any::<bool>()), prop::option::of(money()))
                .prop_map(|(item, spoken, promised)| {
                    let Item::ContactAttempt(mut attempt) = item else { panic!() };
                    attempt.conversation = spoken;
                    attempt.connected = spoken;
                    let class = spoken.map(|spoken| if spoken { "有效联络" } else { "无效联络" });
                    attempt.result_class = class.map(|class| class.try_into().unwrap());
                    attempt.promised = promised.map(|minor| serde_json::from_value(minor).unwrap());
                    attempt.currency = attempt.promised.map(|_| bailiwick_sdk::value::Currency::CNY);
                    attempt.into()
                })
                .boxed()
        }
        "payments" => {
            let numbers = |extra_names| may("extra", extra(extra_names));
            let payment = document(
                "payment",
                vec![
                    must("account", key()),
                    must("identifier", key()),
                    must("paid_to", Just("agency".into())),
                    cny(),
                    must("minor", money()),
                    must("received_on", day()),
                    may("comment", lines()),
                    may("method", text()),
                    may("waived", money()),
                    may("batch", key()),
                    numbers(&["客户姓名", "账龄", "案件金额"]),
                ],
            );
            let payment = payment.prop_map(|item| {
                let Item::Payment(mut payment) = item else { panic!() };
                payment.settlement = payment.waived.map(|_| true);
                with(payment.into(), "序号", "7")
            });
            let reversal = document(
                "reversal",
                vec![
                    must("identifier", key()),
                    must("account", key()),
                    must("reverses", key()),
                    must("paid_to", Just("agency".into())),
                    cny(),
                    must("minor", money()),
                    must("reversed_on", day()),
                    may("comment", lines()),
                    may("method", text()),
                    may("batch", key()),
                    numbers(&["客户姓名", "还款类型"]),
                ],
            );
            prop_oneof![payment, reversal.prop_map(|item| with(item, "序号", "8"))].boxed()
        }
        "direct_payments" => document(
            "direct_payment",
            vec![
                must("identifier", key()),
                cny(),
                must("minor", money()),
                must("booked_on", day()),
                must("reference", key()),
                may("account", key()),
                may("account_number", key()),
                may("payer", text()),
                may("payer_account", key()),
                may("comment", lines()),
                may("value_on", day()),
                may("before_demand", flag()),
                may("batch", key()),
                may("bank_reference", key()),
            ],
        ),
        "adjustments" => document(
            "adjustment",
            vec![
                must("account", key()),
                must("identifier", key()),
                must("direction", one_of(&["increase", "decrease"])),
                cny(),
                must("minor", money()),
                must("on", day()),
                may("account_number", key()),
                may("comment", lines()),
                may("code", key()),
            ],
        ),
        "reconciliation" => document(
            "reconciliation",
            vec![must("account", key()), cny(), must("placed", minor()), may("paid", minor())],
        )
        .prop_map(|item| with(item, "序号", "3"))
        .boxed(),
        _ => prop_oneof![matter("complaint"), matter("dispute")].boxed(),
    }
}

/// The document with a first column in `extra`.
fn with(item: Item, name: &str, text: &str) -> Item {
    let mut extra = bailiwick_sdk::value::Extra::default();
    extra.put(name, text);
    let place = |old: &mut bailiwick_sdk::value::Extra| {
        for (name, text) in old.iter() {
            extra.put(name, text);
        }
        *old = extra;
    };
    let mut item = item;
    match &mut item {
        Item::Payment(payment) => place(&mut payment.extra),
        Item::Reversal(reversal) => place(&mut reversal.extra),
        Item::Reconciliation(figures) => place(&mut figures.extra),
        _ => panic!(),
    }
    item
}

/// The document as JSON without its line number, which the writer of a file cannot know.
fn without_line(item: &Item) -> Value {
    let mut value = serde_json::to_value(item).unwrap();
    for document in value.as_object_mut().unwrap().values_mut() {
        document.as_object_mut().unwrap().remove("line");
    }
    value
}

fn check(message: &str, encoding: &str, written: Vec<Item>) -> Result<(), TestCaseError> {
    let context = in_encoding(message, encoding);
    let file = encode(&context, written.clone());
    let read = decode(&context, &file);
    prop_assert_eq!(problems(&read), Vec::<&_>::new());
    for item in &read {
        prop_assert!(!matches!(item, Item::Control(control) if control.stated != control.found));
    }
    let read = documents(read);
    prop_assert!(matches!(&read[0], Item::Header(_)));
    let want: Vec<Value> = written.iter().map(without_line).collect();
    let got: Vec<Value> = read[1..].iter().map(without_line).collect();
    prop_assert_eq!(got, want);
    prop_assert!(encode(&context, read.clone()) == file);
    let pieces = testing::decode_in_pieces::<CaseTable>(subject(message), &context, &file, 3).unwrap();
    prop_assert!(documents(pieces) == read);
    Ok(())
}

macro_rules! laws {
    ($( $name:ident = $message:literal; )*) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(96))]
            $(
                #[test]
                fn $name(
                    written in prop::collection::vec(items($message), 0..4),
                    encoding in prop::sample::select(&["utf-8", "gbk", "gb18030"]),
                ) {
                    check($message, encoding, written)?;
                }
            )*
        }
    };
}

laws! {
    cases_come_back = "cases";
    recalls_come_back = "recalls";
    recall_objections_come_back = "recall_objections";
    acknowledgments_come_back = "acknowledgment";
    returns_come_back = "returns";
    followups_come_back = "followups";
    payments_come_back = "payments";
    direct_payments_come_back = "direct_payments";
    adjustments_come_back = "adjustments";
    reconciliations_come_back = "reconciliation";
    complaints_come_back = "complaints";
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Any bytes are read without a panic, with at most one fatal problem as the last item, and the items do
    /// not depend on the pieces.
    #[test]
    fn any_bytes_are_read_without_a_panic(
        bytes in prop::collection::vec(
            prop_oneof![Just(b','), Just(b'"'), Just(b'\r'), Just(b'\n'), Just(0u8), Just(0x81u8), Just(b'0'), any::<u8>()],
            0..300,
        ),
        begun in any::<bool>(),
        encoding in prop::sample::select(&["utf-8", "gbk", "gb18030"]),
        piece in 1usize..50,
    ) {
        let context = in_encoding("cases", encoding);
        let mut file = Vec::new();
        if begun {
            let header = "案件编号,客户姓名,逾期总金额(元),逾期本金(元)\r\n";
            let charset = match encoding { "utf-8" => None, _ => Some(bailiwick_sdk::encoding_rs::GBK) };
            file.extend_from_slice(&charset.map_or(header.as_bytes().into(), |set| set.encode(header).0));
        }
        file.extend_from_slice(&bytes);
        let whole = testing::decode::<CaseTable>(Subject::Placement, &context, &file).unwrap();
        let fatal = |item: &Item| {
            matches!(item, Item::Problem(it) if it.severity == bailiwick_sdk::document::Severity::Fatal)
        };
        let last = whole.len().saturating_sub(1);
        prop_assert!(whole.iter().position(fatal).is_none_or(|at| at == last));
        let pieces = testing::decode_in_pieces::<CaseTable>(Subject::Placement, &context, &file, piece).unwrap();
        prop_assert_eq!(whole, pieces);
    }

    /// A cleared or empty case has no balance, and is read back without one.
    #[test]
    fn a_case_without_balance_comes_back(account in "[A-Z][0-9]{3}") {
        let mut case = Placement::new(account.as_str().try_into().unwrap(), bailiwick_sdk::value::Currency::CNY, Vec::new());
        case.cleared = Some(true);
        let context = in_encoding("cases", "utf-8");
        let read = documents(decode(&context, &encode(&context, [Box::new(case).into()])));
        prop_assert!(matches!(&read[1], Item::Placement(case) if case.balance.is_empty() && case.cleared == Some(true)));
    }
}
