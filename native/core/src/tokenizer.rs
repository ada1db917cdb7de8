use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RawTokenizer, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter,
    TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager,
};

/// Tokenizers by the names under which the schema knows them.
pub const NAME: &str = "ggen_name";
pub const NAME_PARTS: &str = "ggen_name_parts";
pub const FOLDED: &str = "ggen_folded";
pub const ENGLISH: &str = "ggen_english";

/// Bytes; longer words are noise (hashes, base64) and are not indexed.
const WORD_BYTES_MAX: usize = 130;

pub fn register(manager: &TokenizerManager) {
    let name = |joined| {
        TextAnalyzer::builder(NameTokenizer { joined, tokens: Vec::new() })
            .filter(RemoveLongFilter::limit(WORD_BYTES_MAX))
            .filter(LowerCaser)
            .filter(AsciiFoldingFilter)
            .build()
    };
    manager.register(NAME, name(true));
    manager.register(NAME_PARTS, name(false));
    manager.register(FOLDED, TextAnalyzer::builder(RawTokenizer::default()).filter(LowerCaser).build());
    let stop_words = StopWordFilter::new(Language::English).expect("tantivy is built with its stop words");
    manager.register(
        ENGLISH,
        TextAnalyzer::builder(SimpleTokenizer::default())
            .filter(RemoveLongFilter::limit(WORD_BYTES_MAX))
            .filter(LowerCaser)
            .filter(AsciiFoldingFilter)
            .filter(stop_words)
            .filter(Stemmer::new(Language::English))
            .build(),
    );
}

/// Splits a name into the parts people remember: at everything that is no letter or digit, at camelCase, and between
/// letters and digits. With `joined`, each piece between slashes is also one token, so that `webpack`, `web-pack` and
/// `WebPack` find each other. `@acme/WebPack-cli2` → acme, webpackcli2, web, pack, cli2, cli, 2.
#[derive(Clone)]
pub struct NameTokenizer {
    joined: bool,
    tokens: Vec<Token>,
}

pub struct NameTokens<'a> {
    tokens: &'a mut Vec<Token>,
    next: usize,
}

impl Tokenizer for NameTokenizer {
    type TokenStream<'a> = NameTokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> NameTokens<'a> {
        self.tokens.clear();
        let mut position = 0;
        let mut piece_start = 0;
        for piece in text.split(['/', ' ']) {
            self.push_piece(piece, piece_start, &mut position);
            piece_start += piece.len() + 1;
        }
        NameTokens { tokens: &mut self.tokens, next: 0 }
    }
}

impl NameTokenizer {
    fn push_piece(&mut self, piece: &str, offset: usize, position: &mut usize) {
        let words: Vec<Vec<(usize, &str)>> = words(piece).into_iter().map(|(at, word)| parts(at, word)).collect();
        let parts_total: usize = words.iter().map(Vec::len).sum();
        if self.joined && parts_total > 1 {
            let whole: String = words.iter().flatten().map(|(_, part)| *part).collect();
            self.push(whole, offset, offset + piece.len(), *position, parts_total);
        }
        for word in &words {
            if self.joined && word.len() > 1 && words.len() > 1 {
                let whole: String = word.iter().map(|(_, part)| *part).collect();
                let start = word[0].0;
                let end = start + whole.len();
                self.push(whole, offset + start, offset + end, *position, word.len());
            }
            for (at, part) in word {
                self.push((*part).to_owned(), offset + at, offset + at + part.len(), *position, 1);
                *position += 1;
            }
        }
    }

    fn push(&mut self, text: String, offset_from: usize, offset_to: usize, position: usize, position_length: usize) {
        self.tokens.push(Token { offset_from, offset_to, position, text, position_length });
    }
}

impl TokenStream for NameTokens<'_> {
    fn advance(&mut self) -> bool {
        self.next += 1;
        self.next <= self.tokens.len()
    }

    fn token(&self) -> &Token {
        &self.tokens[self.next - 1]
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.tokens[self.next - 1]
    }
}

/// Runs of letters and digits, with their byte offsets.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, character) in text.char_indices() {
        match (start, character.is_alphanumeric()) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                found.push((from, &text[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        found.push((from, &text[from..]));
    }
    found
}

/// Parts of one word: `HTTPServer2` → HTTP, Server, 2.
fn parts(offset: usize, word: &str) -> Vec<(usize, &str)> {
    let characters: Vec<(usize, char)> = word.char_indices().collect();
    let mut found = Vec::new();
    let mut start = 0;
    for index in 1..characters.len() {
        let (at, current) = characters[index];
        let previous = characters[index - 1].1;
        let next_is_lower = characters.get(index + 1).is_some_and(|(_, next)| next.is_lowercase());
        let boundary = previous.is_numeric() != current.is_numeric()
            || (previous.is_lowercase() && current.is_uppercase())
            || (previous.is_uppercase() && current.is_uppercase() && next_is_lower);
        if boundary {
            found.push((offset + start, &word[start..at]));
            start = at;
        }
    }
    found.push((offset + start, &word[start..]));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(analyzer: &str, text: &str) -> Vec<(String, usize)> {
        let manager = TokenizerManager::new();
        register(&manager);
        let mut analyzer = manager.get(analyzer).expect("registered");
        let mut stream = analyzer.token_stream(text);
        let mut found = Vec::new();
        while stream.advance() {
            found.push((stream.token().text.clone(), stream.token().position));
        }
        found
    }

    fn texts(analyzer: &str, text: &str) -> Vec<String> {
        tokens(analyzer, text).into_iter().map(|(text, _)| text).collect()
    }

    #[test]
    fn a_name_gives_its_parts_and_its_joined_forms() {
        assert_eq!(
            texts(NAME, "@acme/WebPack-cli2"),
            ["acme", "webpackcli2", "webpack", "web", "pack", "cli2", "cli", "2"]
        );
        assert_eq!(texts(NAME, "node_fetch.io"), ["nodefetchio", "node", "fetch", "io"]);
        assert_eq!(texts(NAME, "HTTPServer"), ["httpserver", "http", "server"]);
        assert_eq!(texts(NAME, "react"), ["react"]);
        assert_eq!(texts(NAME, "--"), Vec::<String>::new());
    }

    #[test]
    fn parts_alone_stand_at_consecutive_positions() {
        let expected = [("es", 0), ("6", 1), ("module", 2), ("loader", 3)].map(|(text, at)| (text.to_owned(), at));
        assert_eq!(tokens(NAME_PARTS, "es6-module loader"), expected);
    }

    #[test]
    fn letters_with_accents_are_folded_and_other_scripts_survive() {
        assert_eq!(texts(NAME, "Café"), ["cafe"]);
        assert_eq!(texts(NAME, "日本語"), ["日本語"]);
    }

    #[test]
    fn english_words_are_stemmed_and_stop_words_are_gone() {
        assert_eq!(texts(ENGLISH, "The parsing of Documents"), ["pars", "document"]);
    }
}
