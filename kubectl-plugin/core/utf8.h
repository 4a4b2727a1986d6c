// UTF-8 one code point at a time, and how many columns of a terminal it takes. Layer: plugin core. Pure.
// Widths are simple on purpose: 0 for combining marks, 2 for East Asian wide characters and emoji, else 1.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace muster::plugin {

// Takes the first code point off `text` (not empty). A byte that is not UTF-8 yields U+FFFD and is one byte long.
char32_t TakeCodePoint(std::string_view& text);
void AppendCodePoint(std::string& text, char32_t point);

size_t DisplayWidth(char32_t point);
size_t DisplayWidth(std::string_view text);
// The longest beginning of `text` of at most `width` columns; when cut, its last column is `ellipsis`.
std::string FitWidth(std::string_view text, size_t width, std::string_view ellipsis);

// Lines of at most `width` columns (at least 1), broken between words; a longer word is split.
std::vector<std::string> WrapWords(std::string_view text, size_t width);

// At most `width` columns, what is too much taken out of the middle: names differ at their ends.
std::string ElideMiddle(std::string_view text, size_t width, std::string_view ellipsis);

}  // namespace muster::plugin
