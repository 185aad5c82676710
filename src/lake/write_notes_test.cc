#include "lake/write_notes.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "lake/faulty_file_system.h"

namespace sluice {
namespace {

class WriteNotesTest : public testing::Test {
 protected:
  WriteNotesTest()
      : folder_(std::filesystem::path(testing::TempDir()) / ("notes-" + MakeUuidV4())) {}
  ~WriteNotesTest() override { std::filesystem::remove_all(folder_); }

  static WriteNote MakeNote(const std::string& job, int attempt, const std::string& table) {
    return {{JobId(job), attempt}, {ProjectId("p"), table}, "/w/p/" + table + "/data/x", 0};
  }

  std::filesystem::path folder_;
  LocalFileSystem local_;
  FaultyFileSystem files_{&local_};
};

TEST_F(WriteNotesTest, WithoutAFolderThereAreNone) {
  WriteNotes notes(&files_, folder_);
  auto listed = notes.TakeOld();
  ASSERT_TRUE(listed);
  EXPECT_TRUE(listed->empty());
  notes.Remove({JobId("j"), 1});
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

TEST_F(WriteNotesTest, ANoteIsReadBackWholeByTheNextProcess) {
  WriteNote note{{JobId("j1"), 3}, {ProjectId("p"), "u1"}, "/w/p/u1/data/\"\\ \n 北京", INT64_MAX};
  ASSERT_TRUE(WriteNotes(&files_, folder_).Add(note));
  WriteNotes next(&files_, folder_);
  auto listed = next.TakeOld();
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 1u);
  const WriteNote& read = listed->front();
  EXPECT_EQ(read.attempt.job, note.attempt.job);
  EXPECT_EQ(read.attempt.attempt, 3);
  EXPECT_EQ(read.table.project, note.table.project);
  EXPECT_EQ(read.table.uuid, "u1");
  EXPECT_EQ(read.folder, note.folder);
  EXPECT_EQ(read.snapshot_id, INT64_MAX);
  EXPECT_TRUE(next.HasWriter(note.table)) << "until it is settled";
  next.Remove(note.attempt);
  EXPECT_FALSE(next.HasWriter(note.table));
  EXPECT_TRUE(WriteNotes(&files_, folder_).TakeOld()->empty());
}

TEST_F(WriteNotesTest, ATableHasAWriterWhileItHasANote) {
  WriteNotes notes(&files_, folder_);
  const WriteNote first = MakeNote("a", 1, "t");
  const WriteNote second = MakeNote("b", 1, "t");
  EXPECT_FALSE(notes.HasWriter(first.table));
  ASSERT_TRUE(notes.Add(first));
  ASSERT_TRUE(notes.Add(second));
  EXPECT_TRUE(notes.HasWriter(first.table));
  EXPECT_FALSE(notes.HasWriter({ProjectId("p"), "other"}));
  notes.Remove(first.attempt);
  EXPECT_TRUE(notes.HasWriter(first.table));
  notes.Remove({second.attempt.job, 2});
  EXPECT_TRUE(notes.HasWriter(first.table)) << "another attempt's";
  notes.Remove(second.attempt);
  EXPECT_FALSE(notes.HasWriter(first.table));
}

TEST_F(WriteNotesTest, WhatIsNoNoteIsLeftOut) {
  WriteNotes notes(&files_, folder_);
  ASSERT_TRUE(notes.Add(MakeNote("a", 1, "t")));
  for (const char* text : {"", "{", "[]", "1", "{}", R"({"folder":"/w"})", R"({"table":"t"})",
                           R"({"folder":1,"table":2})"}) {
    std::ofstream(folder_ / ("bad-" + MakeUuidV4())) << text;
  }
  std::ofstream(folder_ / "large") << std::string(100'000, 'x');
  std::filesystem::create_directory(folder_ / "folder");
  std::filesystem::create_symlink("/etc/passwd", folder_ / "link");
  WriteNotes next(&files_, folder_);
  auto listed = next.TakeOld();
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ(listed->front().attempt.job, JobId("a"));
  // New notes find names of their own.
  ASSERT_TRUE(next.Add(MakeNote("b", 1, "t")));
  EXPECT_EQ(WriteNotes(&files_, folder_).TakeOld()->size(), 2u);
}

TEST_F(WriteNotesTest, ABreakingDiskIsTold) {
  WriteNotes notes(&files_, folder_);
  for (int call : {0, 1}) {
    files_.FailAfter(call);
    EXPECT_FALSE(notes.Add(MakeNote("a", 1, "t"))) << call;
    files_.Heal();
    EXPECT_FALSE(notes.HasWriter({ProjectId("p"), "t"}));
  }
  ASSERT_TRUE(notes.Add(MakeNote("a", 1, "t")));
  files_.FailAfter(0);
  EXPECT_FALSE(WriteNotes(&files_, folder_).TakeOld());
  notes.Remove({JobId("a"), 1});
  files_.Heal();
  EXPECT_FALSE(notes.HasWriter({ProjectId("p"), "t"}));
  // It could not be emptied, and must not be written over: the next start reads it.
  ASSERT_TRUE(notes.Add(MakeNote("b", 1, "t")));
  EXPECT_EQ(WriteNotes(&files_, folder_).TakeOld()->size(), 2u);
}

TEST_F(WriteNotesTest, FilesAreUsedAgain) {
  {
    WriteNotes notes(&files_, folder_);
    for (int i = 0; i < 10; ++i) {
      const WriteNote note = MakeNote(fmt::format("j{}", i), 1, "t");
      ASSERT_TRUE(notes.Add(note));
      notes.Remove(note.attempt);
    }
    ASSERT_TRUE(notes.Add(MakeNote("open", 1, "t")));
    ASSERT_TRUE(notes.Add(MakeNote("done", 1, "t")));
    notes.Remove({JobId("done"), 1});
  }
  EXPECT_EQ(local_.List(folder_)->size(), 2u);
  WriteNotes next(&files_, folder_);
  EXPECT_EQ(next.TakeOld()->size(), 1u);
  for (const char* job : {"x", "y", "z"}) ASSERT_TRUE(next.Add(MakeNote(job, 1, "t")));
  EXPECT_EQ(local_.List(folder_)->size(), 4u);
  EXPECT_EQ(WriteNotes(&files_, folder_).TakeOld()->size(), 4u)
      << "the open one was not written over";
}

}  // namespace
}  // namespace sluice
