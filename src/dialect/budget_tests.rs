//! Answers that pass what is left to be spent: they end as their dialect ends one, whatever way they are cut.

use super::*;

const MENTION: &str = "Écrit avec une IA.";

struct Case {
    name: &'static str,
    path: &'static str,
    framing: Framing,
    input: &'static str,
    /// What the events end with, where four tokens of one byte each are left.
    expected: &'static str,
}

const fn events(name: &'static str, path: &'static str, input: &'static str, expected: &'static str) -> Case {
    Case {
        name,
        path,
        framing: Framing::Events,
        input,
        expected,
    }
}

const CASES: &[Case] = &[
    events(
        "a chat",
        "/v1/chat/completions",
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"abc\"}}]}\n\ndata: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"de\"}}]}\n\ndata: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"never\"}}]}\n\n",
        "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"abc\"}}]}\n\ndata: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"de\"}}]}\n\ndata: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\\n\\nÉcrit avec une IA.\"},\"logprobs\":null,\"finish_reason\":null}]}\n\ndata: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n",
    ),
    events(
        "the candidate that goes on is cut, the one that ended is not ended twice",
        "/v1/chat/completions",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"bcdef\"}}]}\n\ndata: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"never\"}}]}\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\\n\\nÉcrit avec une IA.\"},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"bcdef\"}}]}\n\ndata: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"\\n\\nÉcrit avec une IA.\"},\"logprobs\":null,\"finish_reason\":null}]}\n\ndata: {\"choices\":[{\"index\":1,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n",
    ),
    events(
        "a chat that ends with the event that passes its budget ends by itself",
        "/v1/chat/completions",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"abcdef\"},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":9}}\n\ndata: [DONE]\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"abcdef\\n\\nÉcrit avec une IA.\"},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":9}}\n\ndata: [DONE]\n\n",
    ),
    events(
        "a message, in the middle of its block",
        "/v1/messages",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"abcde\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"never\"}}\n\n",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"abcde\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\\n\\nÉcrit avec une IA.\"}}\n\nevent: content_block_stop\ndata: {\"index\":0,\"type\":\"content_block_stop\"}\n\nevent: message_delta\ndata: {\"delta\":{\"stop_reason\":\"max_tokens\",\"stop_sequence\":null},\"type\":\"message_delta\",\"usage\":{\"output_tokens\":0}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    ),
    events(
        "a message that has ended is not ended twice",
        "/v1/messages",
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"text\":\"abc\"}}\n\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":9}}\n\ndata: {\"type\":\"message_stop\"}\n\n",
        "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"text\":\"abc\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\\n\\nÉcrit avec une IA.\"}}\n\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":9}}\n\ndata: {\"type\":\"message_stop\"}\n\n",
    ),
    events(
        "Gemini tells its tokens as it goes",
        "/v1beta/models/gemini-x:streamGenerateContent",
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a long first piece\"}]}}],\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":4}}\n\ndata: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"b\"}]}}],\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":5}}\n\ndata: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"never\"}]}}]}\n\n",
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a long first piece\"}]}}],\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":4}}\n\ndata: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"b\"}]}}],\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":5}}\n\ndata: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\\n\\nÉcrit avec une IA.\"}],\"role\":\"model\"},\"finishReason\":\"MAX_TOKENS\",\"index\":0}]}\n\n",
    ),
    Case {
        framing: Framing::Array,
        ..events(
            "Gemini's growing array is closed",
            "/v1beta/models/gemini-x:streamGenerateContent",
            "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"abcde\"}]}}]}\n,\r\n{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"never\"}]}}]}\n]",
            "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"abcde\"}]}}]},{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\\n\\nÉcrit avec une IA.\"}],\"role\":\"model\"},\"finishReason\":\"MAX_TOKENS\",\"index\":0}]}]",
        )
    },
    events(
        "a response tells what it said",
        "/v1/responses",
        "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"r\",\"status\":\"in_progress\",\"output\":[]}}\n\nevent: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,\"delta\":\"\\u00e9\\n\",\"sequence_number\":1}\n\nevent: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,\"delta\":\"bcde\",\"sequence_number\":2}\n\nevent: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,\"delta\":\"never\",\"sequence_number\":3}\n\n",
        "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"r\",\"status\":\"in_progress\",\"output\":[]}}\n\nevent: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,\"delta\":\"\\u00e9\\n\",\"sequence_number\":1}\n\nevent: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,\"delta\":\"bcde\",\"sequence_number\":2}\n\nevent: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,\"delta\":\"\\n\\nÉcrit avec une IA.\",\"sequence_number\":2}\n\nevent: response.output_text.done\ndata: {\"content_index\":0,\"item_id\":\"m\",\"logprobs\":[],\"output_index\":0,\"sequence_number\":3,\"text\":\"é\\nbcde\\n\\nÉcrit avec une IA.\",\"type\":\"response.output_text.done\"}\n\nevent: response.content_part.done\ndata: {\"content_index\":0,\"item_id\":\"m\",\"output_index\":0,\"part\":{\"annotations\":[],\"logprobs\":[],\"text\":\"é\\nbcde\\n\\nÉcrit avec une IA.\",\"type\":\"output_text\"},\"sequence_number\":4,\"type\":\"response.content_part.done\"}\n\nevent: response.output_item.done\ndata: {\"item\":{\"content\":[{\"annotations\":[],\"logprobs\":[],\"text\":\"é\\nbcde\\n\\nÉcrit avec une IA.\",\"type\":\"output_text\"}],\"id\":\"m\",\"role\":\"assistant\",\"status\":\"incomplete\",\"type\":\"message\"},\"output_index\":0,\"sequence_number\":5,\"type\":\"response.output_item.done\"}\n\nevent: response.incomplete\ndata: {\"response\":{\"id\":\"r\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"object\":\"response\",\"output\":[{\"content\":[{\"annotations\":[],\"logprobs\":[],\"text\":\"é\\nbcde\\n\\nÉcrit avec une IA.\",\"type\":\"output_text\"}],\"id\":\"m\",\"role\":\"assistant\",\"status\":\"incomplete\",\"type\":\"message\"}],\"status\":\"incomplete\"},\"sequence_number\":6,\"type\":\"response.incomplete\"}\n\n",
    ),
];

#[test]
fn an_answer_that_passes_its_budget_ends_as_its_dialect_ends_one_whatever_way_it_is_cut() {
    for case in CASES {
        let call = resolve(Method::Post, case.path, None, &|_| false).expect("a known path");
        for size in 1..=case.input.len() {
            let mention = Some(Mention::new(MENTION));
            let mut editor = StreamEditor::new(
                case.framing,
                None,
                call.dialect.editor(call.endpoint, case.framing, mention),
            )
            .within(Some(Budget {
                left: 4,
                tokens: |bytes| bytes as u64,
            }));
            let (mut out, mut end) = (Vec::new(), Ok(()));
            for piece in case.input.as_bytes().chunks(size) {
                end = editor.push(piece, &mut out);
                if end.is_err() {
                    break;
                }
            }
            match end {
                Ok(()) => editor.finish(&mut out).expect("whole"),
                Err(Trouble::Spent) => editor.cut(&mut out).expect("well formed"),
                Err(other) => panic!("{}: {other:?}", case.name),
            }
            assert_eq!(
                String::from_utf8(out).expect("UTF-8"),
                case.expected,
                "{} by {size}",
                case.name
            );
            assert!(editor.whole(), "{}", case.name);
        }
    }
}
