#include "engine/terms.hpp"

#include <utility>

#include "engine/config/compiled.hpp"
#include "engine/feed/board.hpp"

namespace engine {

using base::Error;

base::Status assemble_terms(Terms& terms, std::string_view boot_id) {
  auto assembly = assemble(terms.model);
  if (!assembly) return assembly.error();
  if (!feed::is_board(terms.board, boot_id))
    return Error::because("open board", "it is not one of this boot");
  const feed::BoardHeader header = feed::BoardReader(terms.board).header();
  if (header.configuration_hash != terms.configuration ||
      header.rows != terms.model.instances.size() || header.groups != terms.model.groups.size())
    return Error::because("open board", "it belongs to another configuration");
  terms.assembly = std::move(*assembly);
  return base::ok();
}

base::Result<Terms> make_terms(config::Model model, std::uint64_t configuration,
                               std::span<std::byte> board, std::string_view boot_id) {
  Terms terms;
  terms.model = std::move(model);
  terms.configuration = configuration;
  terms.board = board;
  if (auto assembled = assemble_terms(terms, boot_id); !assembled) return assembled.error();
  return terms;
}

base::Result<Terms> read_terms(base::os::UniqueFd compiled, std::uint64_t configuration) {
  auto mapped = base::os::Mapping::read_only(compiled.get());
  if (!mapped) return mapped.error();
  if (config::hash_of(mapped->bytes()) != configuration)
    return Error::because("read configuration", "it is not the one that was named");
  auto model = config::decompile(mapped->bytes());
  if (!model) return model.error();
  Terms terms;
  terms.model = std::move(*model);
  terms.configuration = configuration;
  terms.descriptor = std::move(compiled);
  return terms;
}

base::Status map_board(Terms& terms, const base::os::UniqueFd& board) {
  auto mapping = base::os::Mapping::read_write(board.get());
  if (!mapping) return mapping.error();
  terms.board = mapping->writable();
  terms.mapping = std::move(*mapping);
  return base::ok();
}

}  // namespace engine
