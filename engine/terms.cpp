#include "engine/terms.hpp"

#include <utility>

#include "engine/config/compiled.hpp"
#include "engine/feed/board.hpp"

namespace engine {

using base::Error;

base::Result<Terms> make_terms(config::Model model, std::uint64_t configuration,
                               std::span<std::byte> board, std::string_view boot_id) {
  auto assembly = assemble(model);
  if (!assembly) return assembly.error();
  if (!feed::is_board(board, boot_id))
    return Error::because("open board", "it is not one of this boot");
  const feed::BoardHeader header = feed::BoardReader(board).header();
  if (header.configuration_hash != configuration || header.rows != model.instances.size() ||
      header.groups != model.groups.size())
    return Error::because("open board", "it belongs to another configuration");
  Terms terms;
  terms.model = std::move(model);
  terms.configuration = configuration;
  terms.assembly = std::move(*assembly);
  terms.board = board;
  return terms;
}

base::Result<Terms> read_terms(base::os::UniqueFd compiled, const base::os::UniqueFd& board,
                               std::uint64_t configuration, std::string_view boot_id) {
  auto mapped = base::os::Mapping::read_only(compiled.get());
  if (!mapped) return mapped.error();
  if (config::hash_of(mapped->bytes()) != configuration)
    return Error::because("read configuration", "it is not the one that was named");
  auto model = config::decompile(mapped->bytes());
  if (!model) return model.error();
  auto mapping = base::os::Mapping::read_write(board.get());
  if (!mapping) return mapping.error();
  auto terms = make_terms(std::move(*model), configuration, mapping->writable(), boot_id);
  if (!terms) return terms.error();
  terms->mapping = std::move(*mapping);
  terms->descriptor = std::move(compiled);
  return terms;
}

}  // namespace engine
