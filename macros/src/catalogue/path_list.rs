//! Parses the paths in `handlers(…)` and `include(…)`.

use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Path, PathArguments, Token};

pub(super) fn parse_path_list(input: ParseStream<'_>) -> syn::Result<Vec<Path>> {
    let paths = Punctuated::<Path, Token![,]>::parse_terminated_with(input, |input| {
        if input.peek(Token![#]) {
            return Err(input.error(
                "a list must be the same in every build; write `#[cfg_attr(…, catalogue(…))]` with a whole list for each build",
            ));
        }
        let mut path: Path = input.parse().map_err(|_| {
            input.error("expected the path of a handler, such as `emergency::new_dispatch`")
        })?;
        // In an expression, `list<Db>` would be a comparison.
        for segment in &mut path.segments {
            if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                let at = arguments.lt_token.span;
                arguments.colon2_token.get_or_insert(Token![::](at));
            }
        }
        Ok(path)
    })?;
    Ok(paths.into_iter().collect())
}
