// The three wire formats, as far as a chat needs them: where to ask, what to send, what a piece of an answer says.
// A turn is { role: "user" | "assistant", text, files: [{ name, type, data }] }, data in base64.

const isImage = (file) => file.type.startsWith("image/");

const openai = {
  chat: (tool) => `/t/${tool}/v1/chat/completions`,
  models: (tool) => `/t/${tool}/v1/models`,
  headers: {},
  body(model, instruction, turns) {
    const part = (file) =>
      isImage(file)
        ? { type: "image_url", image_url: { url: `data:${file.type};base64,${file.data}` } }
        : { type: "file", file: { filename: file.name, file_data: `data:${file.type};base64,${file.data}` } };
    const content = ({ text, files }) => (files?.length ? [...files.map(part), { type: "text", text }] : text);
    const messages = turns.map((turn) => ({ role: turn.role, content: content(turn) }));
    if (instruction) messages.unshift({ role: "system", content: instruction });
    return { model, messages, stream: true, stream_options: { include_usage: true } };
  },
  read(_name, said) {
    const choice = said.choices?.[0];
    return {
      text: choice?.delta?.content ?? "",
      cut: choice?.finish_reason === "length",
      withheld: choice?.finish_reason === "content_filter",
      usage: said.usage ?? undefined,
      error: said.error?.message,
    };
  },
  names: (list) => list.data?.map((model) => model.id) ?? [],
};

const gemini = {
  chat: (tool, model) => `/t/${tool}/v1beta/models/${encodeURIComponent(model)}:streamGenerateContent?alt=sse`,
  models: (tool) => `/t/${tool}/v1beta/models?pageSize=1000`,
  headers: {},
  body(_model, instruction, turns) {
    const part = (file) => ({ inlineData: { mimeType: file.type, data: file.data } });
    const contents = turns.map(({ role, text, files }) => ({
      role: role === "assistant" ? "model" : "user",
      parts: [...(files ?? []).map(part), { text }],
    }));
    return instruction ? { systemInstruction: { parts: [{ text: instruction }] }, contents } : { contents };
  },
  read(_name, said) {
    const candidate = said.candidates?.[0];
    const parts = candidate?.content?.parts ?? [];
    return {
      text: parts.filter((part) => !part.thought).map((part) => part.text ?? "").join(""),
      cut: candidate?.finishReason === "MAX_TOKENS",
      withheld: Boolean(said.promptFeedback?.blockReason) || ["SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST"].includes(candidate?.finishReason),
      usage: said.usageMetadata ?? undefined,
      error: said.error?.message,
    };
  },
  names(list) {
    const speaks = (model) => model.supportedGenerationMethods?.includes("generateContent") ?? true;
    return (list.models ?? []).filter(speaks).map((model) => model.name.replace(/^models\//, ""));
  },
};

const anthropic = {
  chat: (tool) => `/t/${tool}/v1/messages`,
  models: (tool) => `/t/${tool}/v1/models`,
  headers: { "anthropic-version": "2023-06-01" },
  body(model, instruction, turns) {
    const part = (file) => ({
      type: isImage(file) ? "image" : "document",
      source: { type: "base64", media_type: file.type, data: file.data },
    });
    const content = ({ text, files }) => (files?.length ? [...files.map(part), { type: "text", text }] : text);
    const messages = turns.map((turn) => ({ role: turn.role, content: content(turn) }));
    // The dialect asks for a bound; the policy's own, where there is one, is lower.
    return { model, max_tokens: 8192, stream: true, messages, ...(instruction ? { system: instruction } : {}) };
  },
  read(_name, said) {
    return {
      text: said.type === "content_block_delta" && said.delta?.type === "text_delta" ? said.delta.text : "",
      cut: said.delta?.stop_reason === "max_tokens",
      withheld: said.delta?.stop_reason === "refusal",
      usage: said.usage ?? undefined,
      error: said.type === "error" ? said.error?.message : undefined,
    };
  },
  names: (list) => list.data?.map((model) => model.id) ?? [],
};

export const DIALECTS = { openai, gemini, anthropic };
