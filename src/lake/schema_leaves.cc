#include "lake/schema_leaves.h"

#include <fmt/format.h>

#include <utility>

#include "lake/json_access.h"

namespace sluice {
namespace {

class Collector {
 public:
  explicit Collector(std::vector<SchemaLeaf>* leaves) : leaves_(leaves) {}

  void Fields(const json::object& owner, bool is_repeated) {
    for (const json::value& item : owner.at("fields").get_array()) {
      const json::object& field = item.get_object();
      path_.push_back(FindText(field, "name"));
      Type(field.at("type"), FindInt(field, "id").value_or(0), is_repeated);
      path_.pop_back();
    }
  }

 private:
  void Type(const json::value& type, std::int64_t id, bool is_repeated) {
    if (const json::string* name = type.if_string()) {
      leaves_->push_back({static_cast<std::int32_t>(id), fmt::format("{}", fmt::join(path_, ".")),
                          path_, std::string(name->data(), name->size()), is_repeated});
      return;
    }
    const json::object& nested = type.get_object();
    const std::string kind = FindText(nested, "type");
    if (kind == "struct") return Fields(nested, is_repeated);
    for (const char* part : {"element", "key", "value"}) {
      const json::value* inner = FindMember(nested, part);
      if (inner == nullptr) continue;
      const std::string id_name = std::string(part) + "-id";
      path_.emplace_back(part);
      Type(*inner, FindInt(nested, id_name).value_or(0), true);
      path_.pop_back();
    }
  }

  std::vector<SchemaLeaf>* leaves_;
  std::vector<std::string> path_;
};

}  // namespace

std::vector<SchemaLeaf> LeavesOf(const json::object& schema) {
  std::vector<SchemaLeaf> leaves;
  Collector(&leaves).Fields(schema, false);
  return leaves;
}

std::vector<SchemaLeaf> LeavesOfEvery(const json::object& current, const json::array* schemas) {
  std::vector<SchemaLeaf> leaves = LeavesOf(current);
  if (schemas == nullptr) return leaves;
  for (const json::value& schema : *schemas) {
    for (SchemaLeaf& leaf : LeavesOf(schema.get_object())) {
      if (FindLeaf(leaves, leaf.id) == nullptr) leaves.push_back(std::move(leaf));
    }
  }
  return leaves;
}

const SchemaLeaf* FindLeaf(const std::vector<SchemaLeaf>& leaves, std::int64_t id) {
  for (const SchemaLeaf& leaf : leaves) {
    if (leaf.id == id) return &leaf;
  }
  return nullptr;
}

}  // namespace sluice
