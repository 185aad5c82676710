#include "scheduler/planning_marks.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"

namespace sluice {
namespace {

class PlanningMarksTest : public testing::Test {
 protected:
  ~PlanningMarksTest() override { std::filesystem::remove(file_); }

  std::filesystem::path file_ =
      std::filesystem::temp_directory_path() / ("sluice-marks-" + MakeUuidV4());
  const JobId one_{"0192a000-0000-7000-8000-000000000001"};
  const JobId two_{"0192a000-0000-7000-8000-000000000002"};
};

TEST_F(PlanningMarksTest, WhatWasPlannedToItsEndIsHeldAgainstNobody) {
  {
    PlanningMarks marks(file_);
    marks.Begin(one_);
    marks.Pause(one_);
    marks.Begin(one_);
    marks.End(one_);
    marks.Begin(two_);
    marks.Pause(two_);
  }
  PlanningMarks next(file_);
  EXPECT_EQ(next.Strikes(one_), 0);
  EXPECT_EQ(next.Strikes(two_), 0);
}

TEST_F(PlanningMarksTest, WhoeverWasBeingPlannedWhenTheProcessEndedHasAStrike) {
  { PlanningMarks(file_).Begin(one_); }
  {
    PlanningMarks second(file_);
    EXPECT_EQ(second.Strikes(one_), 1);
    EXPECT_EQ(second.Strikes(two_), 0);
    second.Begin(two_);
  }
  {
    // It waited only: no further strike.
    PlanningMarks third(file_);
    EXPECT_EQ(third.Strikes(one_), 1);
    EXPECT_EQ(third.Strikes(two_), 1);
    third.Begin(one_);
    third.Pause(one_);
    third.Begin(one_);
  }
  PlanningMarks fourth(file_);
  EXPECT_EQ(fourth.Strikes(one_), 2);
  EXPECT_EQ(fourth.Strikes(two_), 1);
  fourth.KeepOnly({two_.value()});
  EXPECT_EQ(fourth.Strikes(one_), 0);
  fourth.End(two_);
  EXPECT_EQ(PlanningMarks(file_).Strikes(two_), 0);
}

TEST_F(PlanningMarksTest, AFileOfRubbishAndNoFileAreNoMarks) {
  std::ofstream(file_) << "PPPPPPPPPPP\nS9 " << std::string(500, 'x');
  PlanningMarks marks(file_);
  EXPECT_EQ(marks.Strikes(one_), 0);
  marks.Begin(one_);
  marks.End(one_);
  PlanningMarks none("/nonexistent/folder/marks");
  none.Begin(one_);
  EXPECT_EQ(none.Strikes(one_), 0);
  none.End(one_);
}

}  // namespace
}  // namespace sluice
